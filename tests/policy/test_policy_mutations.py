"""Whatever stands in a policy file, reading it gives a policy or problems, each one line with a place."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kaccess.model.identity import Principal
from kaccess.model.policy import Backend
from kaccess.policy.assume import desired_assume
from kaccess.policy.expectations import check
from kaccess.policy.files import decode
from kaccess.policy.lint import lint
from kaccess.policy.problems import Report
from kaccess.policy.resolve import desired
from tests.policy.samples import NOW, SMALL, PolicyError, loaded

EXAMPLES = Path(__file__).parents[2] / "policies"
FULL = SMALL + (
    "groups:\n  ops: {iam_role: 'arn:aws:iam::111122223333:role/ops'}\n"
    "  data: {assume: true, mfa: true, session_duration: 2h}\n"
    "offboarded: [{principal: 'arn:aws:iam::111122223333:user/x/eve', at: 2026-11-01T08:00:00Z, by: ana}]\n"
    "tests:\n  - payments can get pods in development\n  - nobody can get secrets in production\n"
)
PIECES = [
    *(
        "\t",
        "\n",
        " ",
        "  ",
        ":",
        ": ",
        "- ",
        ",",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "#",
        " # ",
        "&a ",
        "*a",
        "!x ",
        "|\n",
        ">-\n",
    ),
    *(
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "<<: *a\n",
        "? ",
        "~",
        "null",
        "true",
        "no",
        "012",
        "1e3",
        "2026-12-01",
        "*",
        "@",
        "`",
    ),
    *("\x00", "\x85", "\u2028", "\ufeff", "\U0001f600", "\\", "\r", "[[[[", "{{{{", "kube-system", "system:masters"),
]
PLACED = re.compile(r"p\.yaml:[1-9][0-9]*:[1-9][0-9]*: [ -~]+")


def read(text):
    """Read and use a text as far as it goes."""
    try:
        policy = loaded(text).policy
    except PolicyError as error:
        for line in str(error).split("\n"):
            assert PLACED.fullmatch(line), line
        return
    lint(policy, NOW)
    check(policy, NOW)
    members = {name: (Principal("arn:aws:iam::111122223333:user/ana"),) for name in policy.groups}
    for cluster in policy.clusters.values():
        desired(policy, cluster, backend=Backend.AWS_AUTH, namespaces={"staging": {}}, members=members, now=NOW)
        desired_assume(policy, cluster.account, NOW, offboarded_members={})


@st.composite
def mutations(draw):
    """A valid policy with a few cuts, copies and insertions."""
    text = draw(st.sampled_from([FULL, *(path.read_text() for path in sorted(EXAMPLES.glob("*.yaml")))]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        new = draw(st.sampled_from([*PIECES, "", text[start:end] * 2]) | st.text(max_size=4))
        text = text[:start] + new + text[end:]
    return text


@settings(deadline=None, max_examples=400)
@given(mutations())
def test_a_changed_policy(text):
    read(text)


@settings(deadline=None, max_examples=200)
@given(st.text() | st.lists(st.sampled_from([*PIECES, "a", "grants"]), max_size=12).map("".join))
def test_any_text(text):
    read(text)
    read(f"{FULL}extra: {text}")


@settings(deadline=None)
@given(st.binary())
def test_any_bytes(data):
    report = Report()
    text = decode(data, "p.yaml", report)
    assert (text is None) is report.refused
    for problem in report.problems:
        assert PLACED.fullmatch(str(problem))
