"""The findings that a policy accepts."""

from datetime import datetime, timezone

import pytest

from kaccess.audit.catalogue import KINDS
from kaccess.model.policy import Place, Suppression
from kaccess.policy.read_audit import FINDING_IDS
from tests.policy.samples import SMALL, loaded, problems_of

GOOD = "{id: foreign-binding, where: RoleBinding staging/*, reason: known"


def policy(*lines):
    return f"{SMALL}\naudit:\n  suppress: [{', '.join(lines)}]\n"


def test_what_can_be_found_can_be_suppressed():
    assert KINDS.keys() == FINDING_IDS


def test_suppressions_are_read_in_order_with_their_places():
    found = loaded(policy(f"{GOOD}}}", f"{GOOD}, until: 2026-12-01T00:00:00Z}}")).policy.suppressions
    until = datetime(2026, 12, 1, tzinfo=timezone.utc)
    assert found == tuple(
        Suppression("foreign-binding", "RoleBinding staging/*", "known", end) for end in (None, until)
    )
    assert found[0].place.line == SMALL.count("\n") + 3
    assert isinstance(found[0].place, Place)
    assert (found[1].ended(until), found[0].ended(until)) == (True, False)


@pytest.mark.parametrize("text", ["audit:", "audit: {}", "audit: {suppress: }", "audit: {suppress: []}"])
def test_nothing_may_be_suppressed(text):
    assert loaded(f"{SMALL}\n{text}\n").policy.suppressions == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{id: foreign-bindings, where: x, reason: y}", "did you mean"),
        ("{id: foreign-binding, where: x}", "needs reason"),
        ("{id: foreign-binding, reason: y}", "needs where"),
        ("{id: foreign-binding, where: x, reason: y, until: soon}", "until"),
        ("{id: foreign-binding, where: x, reason: y, for: 8h}", "unknown key"),
        ("drift", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(line, says):
    (problem,) = problems_of(policy(line))
    assert says in str(problem)


def test_an_unknown_key_of_the_section_is_a_problem():
    (problem,) = problems_of(f"{SMALL}\naudit: {{supress: []}}\n")
    assert "did you mean" in str(problem)
