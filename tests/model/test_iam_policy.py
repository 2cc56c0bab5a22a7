from __future__ import annotations

import json
from typing import Any

import pytest

from kaccess.model.iam_policy import canonical, same_policy

ALLOW = {"Effect": "Allow", "Action": "a:B", "Resource": "*"}
BOOL = {"Condition": {"Bool": {"k": "true"}}}


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (text(ALLOW), json.dumps({"Statement": ALLOW, "Version": "2012-10-17"}, indent=1)),
        (text(ALLOW), text({**ALLOW, "Action": ["a:B"]})),
        (text({**ALLOW, "Action": ["a:B", "a:C"]}), text({**ALLOW, "Action": ["a:C", "a:B", "a:C"]})),
        (text({**ALLOW, **BOOL}), text({**ALLOW, "Condition": {"Bool": {"k": True}}})),
        (text({**ALLOW, **BOOL}), text({**ALLOW, "Condition": {"Bool": {"k": [True]}}})),
    ],
)
def test_what_says_the_same_is_the_same_text(one: str, other: str) -> None:
    assert canonical(json.loads(one)) == canonical(json.loads(other))
    assert same_policy(one, other)


@pytest.mark.parametrize(
    "other",
    [
        text({**ALLOW, "Effect": "Deny"}),
        text({**ALLOW, "Action": ["a:B", "a:C"]}),
        text({**ALLOW, "Action": "a:b"}),
        text({**ALLOW, **BOOL}),
        text(ALLOW, {**ALLOW, "Effect": "Deny"}),
        text(),
    ],
)
def test_what_says_something_else_is_not(other: str) -> None:
    assert not same_policy(text(ALLOW), other)


def test_canonical_text_stays_as_it_is() -> None:
    once = canonical(json.loads(text({**ALLOW, **BOOL, "Action": ["b", "a"]})))
    assert canonical(json.loads(once)) == once
    assert once.startswith('{"Statement":[{"Action":["a","b"],')
