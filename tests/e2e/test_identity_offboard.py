"""Someone leaves, and someone comes back under an old name: neither has what they had."""

import json
import stat
import time

import pytest
from botocore.exceptions import ClientError

from tests.e2e.planes import API, API_AND_CONFIG_MAP, CONFIG_MAP, in_modes, on_both_planes
from tests.e2e.sessions import assume, comes_in, dismiss, hire
from tests.e2e.test_identity_sources import ROLE, sourced

ANA = "arn:aws:iam::111122223333:user/ana"
GRANTS = (("payments-developers", "reader", "staging"), ("data-engineers", "reader", "production"))


def receipt(company):
    (path,) = company.folder.glob("offboard-*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return json.loads(path.read_text())["data"]


@in_modes(API, CONFIG_MAP, API_AND_CONFIG_MAP)
def test_who_is_offboarded_stays_out_whatever_iam_says(company):
    """Out of what kaccess owns; of what it does not own, there is a list."""
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="ana")
    company.policy(*GRANTS)
    company.apply()
    assert company.until(lambda: company.who("ana"), bool)
    done = company.kaccess("admin", "offboard", "ana", "--reason", "left", "--yes")
    assert done.code == 0, done.said
    assert company.until(lambda: company.who("ana"), lambda found: found is None) is None
    left = [each["what"] for each in receipt(company)["left"]]
    assert {"member of IAM group payments-developers", "member of IAM group data-engineers"} <= set(left)
    assert [what.split(" ")[-1] for what in left if what.startswith("access key")]
    for words in (("apply", "--yes"), ("reconcile", "--once")):
        assert company.kaccess("admin", *words).code == 0
        assert company.who("ana") is None
    assert company.who("carla")
    assert company.kaccess("admin", "plan", "--check").code == 0


@on_both_planes
def test_what_others_gave_a_leaver_stays_and_is_listed(company):
    eks = company.client("eks")
    eks.create_access_entry(clusterName="cardo-eks", principalArn=ANA, kubernetesGroups=["argocd-deployers"])
    company.policy(*GRANTS)
    company.apply()
    done = company.kaccess("admin", "offboard", "ana", "--yes")
    assert done.code == 0, done.said
    assert company.entries()[ANA]["kubernetesGroups"] == ["argocd-deployers"]
    left = [each["what"] for each in receipt(company)["left"]]
    assert f"cardo: access entry of someone else's on {ANA} (argocd-deployers)" in left


@on_both_planes
def test_a_leaver_assumes_the_role_of_their_group_no_more_but_keeps_the_session(company):
    company.policy(*GRANTS, head=sourced("payments-developers: {assume: true}"))
    company.apply()
    session = assume(company, "ana", ROLE, "ana")
    assert company.kaccess("admin", "offboard", "ana", "--yes").code == 0
    left = [each["what"] for each in receipt(company)["left"]]
    assert [what for what in left if what.startswith("sessions of the role kaccess-payments-developers that they may")]
    for words in (("apply", "--yes"), ("reconcile", "--once")):
        assert company.kaccess("admin", *words).code == 0
        with pytest.raises(ClientError, match="AccessDenied"):
            assume(company, "ana", ROLE, "ana")
    # What she assumed before lasts until it ends, as the receipt says.
    name = "arn:aws:sts::111122223333:assumed-role/kaccess-payments-developers/ana"
    comes_in(company, session, (name, ("kaccess:payments-developers",)))
    ben = "arn:aws:sts::111122223333:assumed-role/kaccess-payments-developers/ben"
    comes_in(company, assume(company, "ben", ROLE, "ben"), (ben, ("kaccess:payments-developers",)))


@on_both_planes
def test_a_user_made_anew_is_locked_out_until_an_apply_remakes_the_entry(company):
    company.policy(*GRANTS)
    company.apply()
    expected = (ANA, ("kaccess:payments-developers",))
    comes_in(company, company.token("ana"), expected)
    made_anew(company)
    assert company.who("ana") is None
    plan = company.kaccess("admin", "plan", "--check")
    assert plan.code == 3
    assert ANA in plan.out
    company.apply()
    comes_in(company, company.token("ana"), expected)
    assert company.kaccess("admin", "plan", "--check").code == 0


def made_anew(company):
    time.sleep(1)  # IAM tells the second in which a user was made, and no more
    dismiss(company, "ana")
    hire(company, "ana", "payments-developers")


@on_both_planes
def test_a_principal_made_anew_inherits_nothing_that_others_gave_the_old_one(company):
    company.policy(*GRANTS)
    company.apply()
    eks = company.client("eks")
    groups = ["argocd-deployers", "kaccess:payments-developers"]
    eks.update_access_entry(clusterName="cardo-eks", principalArn=ANA, kubernetesGroups=groups)
    made_anew(company)
    done = company.kaccess("admin", "apply", "--yes")
    assert done.code == 1
    assert f"entry {ANA}: IAM made this principal anew and its old entry lets nobody in" in done.err
    assert company.entries()[ANA]["kubernetesGroups"] == groups
    assert company.who("ana") is None
    eks.delete_access_entry(clusterName="cardo-eks", principalArn=ANA)
    company.apply()
    comes_in(company, company.token("ana"), (ANA, ("kaccess:payments-developers",)))


@in_modes(CONFIG_MAP)
def test_in_aws_auth_a_user_made_anew_comes_in_by_the_old_row(company):
    company.policy(*GRANTS)
    company.apply()
    made_anew(company)
    comes_in(company, company.token("ana"), (ANA, ("kaccess:payments-developers",)))
