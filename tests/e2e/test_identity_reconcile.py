"""Who leaves an IAM group, and whose grant is over, is out within one interval of a reconciler that runs."""

from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from tests.e2e.planes import API, CONFIG_MAP, in_modes
from tests.e2e.sessions import comes_in
from tests.reconciler.running import Running, until

BEN, CARLA = (f"arn:aws:iam::111122223333:user/{name}" for name in ("ben", "carla"))
GRANTS = (("payments-developers", "reader", "staging"), ("data-engineers", "reader", "production"))


@pytest.mark.thorough
@in_modes(API, CONFIG_MAP)
def test_who_leaves_and_whose_grant_is_over_is_out_within_one_interval(company):
    company.policy(*GRANTS)
    company.apply()
    comes_in(company, company.token("ben"), (BEN, ("kaccess:payments-developers",)))
    comes_in(company, company.token("carla"), (CARLA, ("kaccess:data-engineers",)))
    with closing(Running(company, "--every", "1s")) as reconciler:
        until(lambda: reconciler.said("round ended"))
        company.client("iam").remove_user_from_group(GroupName="payments-developers", UserName="ben")
        assert rounds_until_gone(reconciler, BEN, datetime.now(timezone.utc)) <= 1
        comes_in(company, company.token("ben"), None)
        comes_in(company, company.token("ana"), (BEN.replace("ben", "ana"), ("kaccess:payments-developers",)))
        assert rounds_until_gone(reconciler, CARLA, ending_soon(company)) <= 1
        comes_in(company, company.token("carla"), None)
        assert not [name for _, _, name in company.objects("rolebindings") if "data-engineers" in name]
        assert reconciler.stop()[0] == 0


def ending_soon(company):
    """Let the grant of the data engineers end in some seconds; returns the moment."""
    end = (datetime.now(timezone.utc) + timedelta(seconds=5)).replace(microsecond=0)
    text = company.policy_file.read_text()
    company.policy_file.write_text(text.replace("[production]}", f'[production], until: "{end.isoformat()}"}}'))
    return end


def rounds_until_gone(reconciler, principal, since):
    """The rounds that found nothing amiss after `since` and before the entry went.

    One may have read just before, no more may. A round to which the API server did not answer finds nothing at all.
    """
    (line,) = until(lambda: reconciler.said("change applied", operation="delete", name=principal))
    assert moment_of(line) >= since
    agreed = (each for each in reconciler.said("round ended") if each["turns"].get("cardo") in {"agreed", "changed"})
    return sum(since <= moment_of(each) <= moment_of(line) for each in agreed)


def moment_of(line):
    return datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
