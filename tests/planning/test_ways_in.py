import pytest

from kaccess.model.policy import Backend
from kaccess.model.state import Entry
from kaccess.model.ways_in import WayIn, default_username, identity_of, way_in, ways_in

ACCOUNT = "arn:aws:iam::111122223333"
ENTRY = Entry(f"{ACCOUNT}:role/team/Ops", ("a",))
ROW = Entry(f"{ACCOUNT}:role/ops", ("b",), backend=Backend.AWS_AUTH)
STALE = Entry(f"{ACCOUNT}:role/team/Ops", ("a",), stale=True)
PATHED = Entry(f"{ACCOUNT}:role/team/ops", ("b",), backend=Backend.AWS_AUTH)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([ENTRY, ROW], (WayIn(ENTRY, ROW),)),
        ([STALE, ROW], (WayIn(ROW),)),
        ([ENTRY, PATHED], (WayIn(ENTRY),)),
        ([PATHED], ()),
        ([STALE], ()),
    ],
)
def test_an_access_entry_hides_the_row_of_its_principal_unless_it_is_stale(entries, expected):
    assert ways_in(entries) == ways_in(reversed(entries)) == expected


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        (f"{ACCOUNT}:role/team/ops", ENTRY),
        ("arn:aws:sts::111122223333:assumed-role/Ops/ana", ENTRY),
        (f"{ACCOUNT}:role/other/ops", None),
        (f"{ACCOUNT}:user/ops", None),
    ],
)
def test_a_principal_is_found_by_its_own_arn_or_that_of_its_session(principal, found):
    assert way_in([ENTRY, ROW], principal) == found


@pytest.mark.parametrize(
    ("principal", "identity"),
    [
        (f"{ACCOUNT}:role/a/b/Ops", f"{ACCOUNT}:role/ops"),
        (f"{ACCOUNT}:Role/a/Ops", f"{ACCOUNT}:role/ops"),
        (f"{ACCOUNT}:user/a/Ana", f"{ACCOUNT}:user/a/ana"),
        ("arn:aws-cn:sts::1:assumed-role/Ops/S", "arn:aws-cn:iam::1:role/ops"),
        ("Nobody", "nobody"),
    ],
)
def test_the_identity_of_an_arn_is_that_of_its_entries(principal, identity):
    assert identity_of(principal) == identity
    if ":sts:" not in principal:
        assert Entry(principal, ()).identity == identity


def test_the_default_user_name_is_that_of_eks():
    assert default_username(f"{ACCOUNT}:user/a/ana") == f"{ACCOUNT}:user/a/ana"
    assert default_username("arn:aws-us-gov:iam::1:role/a/ops") == (
        "arn:aws-us-gov:sts::1:assumed-role/ops/{{SessionName}}"
    )
    assert default_username("nobody") == "nobody"
