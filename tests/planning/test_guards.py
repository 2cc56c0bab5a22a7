import pytest

from kaccess.model.state import Entry, Namespace, State
from kaccess.planning.guards import UnsafePlan, guard
from kaccess.planning.plan import make_plan

ME = "arn:aws:iam::111122223333:user/me"


def entries(count, groups=("kaccess:a",)):
    return [Entry(f"arn:aws:iam::111122223333:user/u{number:03}", groups) for number in range(count)]


def check(actual, desired, **allowed):
    state = State.of(actual)
    guard(make_plan("cardo", State.of(desired), state), state, caller=ME, **allowed)


def test_ones_own_way_in_is_kept():
    with pytest.raises(UnsafePlan, match="--allow-self-removal"):
        check([Entry(ME, ("kaccess:admins",))], [])
    check([Entry(ME, ("kaccess:admins",))], [], allow_self_removal=True)


@pytest.mark.parametrize(
    "mine", [Entry(ME, ("kaccess:a", "admins")), Entry(ME, ("kaccess:a",), access_policies=("x",))]
)
def test_losing_a_group_is_no_lockout_while_another_way_in_is_left(mine):
    check([mine], [])


@pytest.mark.parametrize(
    ("owned", "left", "refused"),
    [(10, 0, True), (9, 0, False), (100, 70, False), (100, 69, True), (34, 24, False), (33, 23, True)],
)
def test_a_large_part_is_not_removed_at_once(owned, left, refused):
    everyone = entries(owned)
    if refused:
        with pytest.raises(UnsafePlan, match="--allow-mass-removal"):
            check(everyone, everyone[:left])
    check(everyone, everyone[:left], allow_mass_removal=refused)


def test_people_who_lose_a_group_count_even_if_their_entry_stays():
    """A flaky IAM answer that empties a group must not slip through because of foreign groups on the entries."""
    with pytest.raises(UnsafePlan):
        check(entries(20, ("argocd", "kaccess:a")), [])


def test_foreign_entries_and_namespaces_do_not_dilute_the_share():
    crowd = [Entry(f"arn:aws:iam::111122223333:role/r{number}", ("x",), owned=False) for number in range(100)]
    spaces = [Namespace(f"n{number}", owned=False) for number in range(100)]
    with pytest.raises(UnsafePlan):
        check([*entries(10), *crowd, *spaces], [])
