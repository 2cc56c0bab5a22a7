"""The layouts that people and tools write: what one change makes of each text."""

from __future__ import annotations

import pytest

from kaccess.kube.aws_auth.change import row_change
from kaccess.kube.aws_auth.document import Document
from kaccess.kube.aws_auth.proof import edited
from kaccess.model.errors import Refused
from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import Entry

ANA = "arn:aws:iam::111122223333:user/ana"
BEN = "arn:aws:iam::111122223333:user/ben"
NEW = f"- userarn: {ANA}\n  username: {ANA}\n  groups:\n    - kaccess:a\n"
NEW_JSON = f'{{"userarn": "{ANA}", "username": "{ANA}", "groups": ["kaccess:a"]}}'
OURS = f"- userarn: {ANA}\n  username: {ANA}\n  groups:\n  - kaccess:a\n"
OURS_JSON = f'{{"userarn":"{ANA}","username":"{ANA}","groups":["kaccess:a"]}}'
THEIRS = f"- userarn: {BEN}\n  username: ben\n  groups: [x]\n"
THEIRS_JSON = f'{{"userarn":"{BEN}","username":"ben","groups":["x"]}}'


def after(text: str | None, principal: str, *ours: str) -> str:
    """The text of mapUsers after `principal` was given these groups of ours, and no others of ours."""
    document = Document.read({} if text is None else {"mapUsers": text})
    rows = document.by_identity.get(principal)
    live = rows[-1].entry if rows else None
    groups = tuple(sorted({*ours, *(live.foreign_groups if live else ())}))
    gone = live is not None and live.owned and not groups
    item = None if gone else Entry(principal, groups, backend=Backend.AWS_AUTH)
    return edited(document, row_change(Change(live, item, "")))["mapUsers"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (None, NEW),
        ("", NEW),
        (" \n", NEW),
        ('""', NEW),
        ("``", NEW),
        ("[]", NEW.rstrip()),
        ("[]\n", NEW),
        ("[\n]\n", NEW),
        ("null\n", NEW),
        ("---\n", f"---\n{NEW}"),
        ("---\n[]\n", f"---\n{NEW}"),
        ("[ ]  # nobody\n", f"{NEW.rstrip()}  # nobody\n"),
        ("# nobody", f"# nobody\n{NEW}"),
        ("# a\n\n# b\n", f"# a\n\n# b\n{NEW}"),
        ("# a\r\n[]\r\n", "# a\r\n" + NEW.replace("\n", "\r\n")),
        ("  []\n", f"  [{NEW_JSON}]\n"),
        (THEIRS, THEIRS + NEW),
        (THEIRS.rstrip(), THEIRS + NEW),
        (f"{THEIRS}# end\n", f"{THEIRS}{NEW}# end\n"),
        (f"{THEIRS}...\n", f"{THEIRS}{NEW}...\n"),
        (f"# \u00e9 \U0001f600 \x85{THEIRS}", f"# \u00e9 \U0001f600 \x85{THEIRS}{NEW}"),
        (THEIRS.replace("\n", "\r\n"), (THEIRS + NEW).replace("\n", "\r\n")),
        (
            "".join(f"    {line}\n" for line in THEIRS.splitlines()),
            "".join(f"    {line}\n" for line in (THEIRS + NEW).splitlines()),
        ),
        (f"- userarn: {BEN}\n  note: |\n    a\n\n    b\n", f"- userarn: {BEN}\n  note: |\n    a\n\n    b\n{NEW}"),
        (f"- userarn: {BEN}\n  note: >-\n    a\n\n    b", f"- userarn: {BEN}\n  note: >-\n    a\n\n    b\n{NEW}"),
        (f"- {{userarn: {BEN}}}\n", f"- {{userarn: {BEN}}}\n{NEW}"),
        (f"[{THEIRS_JSON}]", f"[{THEIRS_JSON}, {NEW_JSON}]"),
        (f"[{THEIRS_JSON},]", f"[{THEIRS_JSON}, {NEW_JSON},]"),
        (f"[\n  {THEIRS_JSON}\n]\n", f"[\n  {THEIRS_JSON},\n  {NEW_JSON}\n]\n"),
    ],
)
def test_a_new_row(text: str | None, result: str) -> None:
    assert after(text, ANA, "kaccess:a") == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (OURS, "[]\n"),
        (OURS.replace("\n", "\r\n"), "[]\r\n"),
        (f"# a\n{OURS}# b\n", "# a\n[]\n# b\n"),
        (f"# a\n{OURS}# b\n{THEIRS}", f"# a\n# b\n{THEIRS}"),
        (f"{THEIRS}# a\n{OURS}# b", f"{THEIRS}# a\n# b"),
        (f"{THEIRS}{OURS.rstrip()}", THEIRS),
        (f"{OURS}{THEIRS}{OURS}...\n", f"{THEIRS}...\n"),
        (f"-\n  {OURS[2:]}{THEIRS}", THEIRS),
        (f"[{OURS_JSON}]", "[]"),
        (f"[{OURS_JSON},]", "[]"),
        (f"[{OURS_JSON},{THEIRS_JSON}]", f"[{THEIRS_JSON}]"),
        (f"[{THEIRS_JSON},{OURS_JSON}]", f"[{THEIRS_JSON}]"),
        (f"[{OURS_JSON}, {THEIRS_JSON}, {OURS_JSON}]\n", f"[{THEIRS_JSON}]\n"),
        (f"[\n  {THEIRS_JSON},\n  {OURS_JSON}\n]\n", f"[\n  {THEIRS_JSON}\n]\n"),
        (f"[{THEIRS_JSON}, # ben, b\n{OURS_JSON}]", f"[{THEIRS_JSON} # ben, b\n]"),
    ],
)
def test_a_row_that_goes(text: str, result: str) -> None:
    assert after(text, ANA) == result


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "\n  groups:\n    - kaccess:a"),
        ("\n  groups:", '\n  groups: ["kaccess:a"]'),
        ("\n  groups: null # none", '\n  groups: ["kaccess:a"] # none'),
        ("\n  groups: []", '\n  groups: ["kaccess:a"]'),
        ("\n  groups: [x]", '\n  groups: [x, "kaccess:a"]'),
        ("\n  groups: [ x, ]", '\n  groups: [ x, "kaccess:a", ]'),
        ('\n  groups: ["x","z"]', '\n  groups: ["x","z","kaccess:a"]'),
        ("\n  groups: [x, # why, oh\n    z]", '\n  groups: [x, # why, oh\n    z, "kaccess:a"]'),
        ("\n  groups: [\n    x\n  ]", '\n  groups: [\n    x,\n    "kaccess:a"\n  ]'),
        ("\n  groups: &g [x]", '\n  groups: &g [x, "kaccess:a"]'),
        ("\n  groups: &g\n    - x", "\n  groups: &g\n    - x\n    - kaccess:a"),
        ("\n  groups:\n  - x # why\n  # more", "\n  groups:\n  - x # why\n  - kaccess:a\n  # more"),
        ("\n  groups:\n        - 'x'\n  note: y", "\n  groups:\n        - 'x'\n        - kaccess:a\n  note: y"),
        ("\n  ? groups\n  : - x", "\n  ? groups\n  : - x\n    - kaccess:a"),
        ("\n  GROUPS: [x]", '\n  GROUPS: [x, "kaccess:a"]'),
        ("\n  note: |+\n    x\n\n", "\n  note: |+\n    x\n\n\n  groups:\n    - kaccess:a"),
    ],
)
def test_a_row_that_is_joined(old: str, new: str) -> None:
    start = f"- userarn: {BEN}\n  username: ben"
    assert after(f"{start}{old}\n{THEIRS.replace('ben', 'eva')}", BEN, "kaccess:a") == (
        f"{start}{new}\n{THEIRS.replace('ben', 'eva')}"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[kaccess:a]", "[]"),
        ("[ kaccess:a, kaccess:b ]", "[  ]"),
        ("[kaccess:a,]", "[]"),
        ("[x, kaccess:a, z]", "[x, z]"),
        ("[kaccess:a, x, kaccess:b, kaccess:c, z, kaccess:d]", "[x, z]"),
        ("[x, # theirs\n    kaccess:a]", "[x # theirs\n    ]"),
        ("\n    - kaccess:a", " []"),
        ("&g\n    - kaccess:a", "&g []"),
        (" # why\n    - kaccess:a # b\n    - kaccess:b", " [] # why"),
        ("\n    - x\n    # of a\n    - kaccess:a # b\n    - z", "\n    - x\n    # of a\n    - z"),
    ],
)
def test_a_row_that_is_left(old: str, new: str) -> None:
    space, new_space = (" " * (not text[0].isspace()) for text in (old, new))
    text = f"- userarn: {BEN}\n  groups:{space}{old}\n  note: x\n"
    assert after(text, BEN) == f"- userarn: {BEN}\n  groups:{new_space}{new}\n  note: x\n"


def test_an_alias_is_written_out_for_the_one_who_gets_more() -> None:
    text = f"- userarn: {BEN}\n  groups: &g [x]\n- userarn: {ANA}\n  groups: *g # as ben\n"
    assert after(text, ANA, "kaccess:a") == text.replace("*g", '["x", "kaccess:a"]')


@pytest.mark.parametrize(
    "text",
    [
        f"- userarn: {BEN}\n  groups: &g [x]\n- userarn: {ANA}\n  groups: *g\n",
        f"- userarn: {BEN}\n  groups: &g\n  - x\n- userarn: {ANA}\n  groups: *g\n",
        f"- &row\n  userarn: {BEN}\n  groups: [x]\n- *row\n",
    ],
)
def test_what_rows_share_is_not_changed_for_one_of_them(text: str) -> None:
    with pytest.raises(Refused, match="without changing others"):
        after(text, BEN, "kaccess:a")
