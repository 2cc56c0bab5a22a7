"""The real process on the sandbox: people leave, grants end, signals come."""

import json
import signal
import threading
import time
import urllib.error
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kaccess.sandbox.server import running_sandbox
from tests.e2e.company import Company
from tests.e2e.test_identity_sources import sourced
from tests.reconciler.running import PATIENCE, Running, until


@pytest.fixture
def company(tmp_path):
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        yield Company(sandbox, tmp_path)


@pytest.fixture
def reconciler(company):
    company.policy(("payments-developers", "reader", "staging"))
    company.apply()
    with closing(Running(company, "--every", "1s")) as running:
        yield running


def entry_of(company, person):
    arns = company.client("eks").list_access_entries(clusterName="cardo-eks")["accessEntries"]
    return f"arn:aws:iam::111122223333:user/{person}" in arns


def test_who_leaves_the_iam_group_loses_the_entry_and_who_joins_gets_one(company, reconciler):
    assert entry_of(company, "ben")
    company.client("iam").remove_user_from_group(GroupName="payments-developers", UserName="ben")
    until(lambda: not entry_of(company, "ben"))
    company.client("iam").add_user_to_group(GroupName="payments-developers", UserName="dario")
    until(lambda: entry_of(company, "dario"))
    assert reconciler.said("change applied", operation="delete", kind="entry")
    assert reconciler.stop()[0] == 0


UNFIT = "round skipped: the policy is not fit to be used"


def test_a_broken_policy_changes_nothing_and_is_told_everywhere_until_it_is_mended(company, reconciler):
    until(lambda: reconciler.said("round ended"))
    good = company.policy_file.read_text()
    company.policy_file.write_text(good.replace("grants:", "grant:"))
    skipped = until(lambda: reconciler.said(UNFIT))
    company.client("iam").remove_user_from_group(GroupName="payments-developers", UserName="ben")
    until(lambda: len(reconciler.said(UNFIT)) > len(skipped))
    until(lambda: value(reconciler, "kaccess_reconciler_policy_valid") == 0)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        reconciler.get("/readyz")
    with refusal.value as answer:
        assert json.loads(answer.read())["policyValid"] is False
    assert entry_of(company, "ben")
    company.policy_file.write_text(good)
    until(lambda: not entry_of(company, "ben"))
    until(lambda: value(reconciler, "kaccess_reconciler_policy_valid") == 1)


def value(reconciler, name, **labels):
    """The value of one sample, as Prometheus would scrape it."""
    families = text_string_to_metric_families(reconciler.get("/metrics"))
    samples = (sample for family in families for sample in family.samples)
    matching = (each.value for each in samples if each.name == name and labels.items() <= each.labels.items())
    return next(matching, None)


def test_probes_and_metrics_tell_of_a_healthy_leader(reconciler):
    until(lambda: reconciler.said("round ended"))
    assert json.loads(reconciler.get("/readyz"))["leader"] == {"cardo": True}
    assert json.loads(reconciler.get("/healthz"))["secondsSinceBeat"] >= 0
    until(lambda: value(reconciler, "kaccess_reconciler_is_leader", cluster="cardo") == 1)
    assert value(reconciler, "kaccess_reconciler_rounds_total", result="done") >= 1
    assert value(reconciler, "kaccess_reconciler_drift", cluster="cardo") == 0
    assert (
        abs(value(reconciler, "kaccess_reconciler_last_success_timestamp_seconds", cluster="cardo") - time.time()) < 60
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_mid_apply_ends_the_change_under_way_and_begins_no_other(company, reconciler, number):
    until(lambda: reconciler.said("round ended"))
    seen = threading.Event()

    def slow(request):
        if request.method == "POST" and "access-entries" in request.path:
            seen.set()
            time.sleep(1)

    for person in ("carla", "dario", "olga"):
        company.client("iam").add_user_to_group(GroupName="payments-developers", UserName=person)
    company.sandbox.observers.aws = slow
    assert seen.wait(PATIENCE)
    code, seconds = reconciler.stop(number)
    assert code == 0
    assert seconds < 8
    assert len(reconciler.said("change applied")) == 1
    assert sum(entry_of(company, person) for person in ("carla", "dario")) == 1
    lease = company.get("/apis/coordination.k8s.io/v1/namespaces/kaccess-system/leases/kaccess-reconciler")
    assert not lease["spec"].get("holderIdentity")


def test_of_two_reconcilers_one_writes_and_the_other_takes_over(company, reconciler):
    until(lambda: reconciler.said("round ended"))
    with closing(Running(company, "--every", "1s")) as other:
        until(lambda: any(line["turns"].get("cardo") == "following" for line in other.said("round ended")))
        assert reconciler.stop()[0] == 0
        until(lambda: any(line["turns"].get("cardo") == "agreed" for line in other.said("round ended")))
        assert other.stop()[0] == 0


def test_once_does_what_apply_does_and_needs_no_terminal(company):
    company.policy(("payments-developers", "reader", "staging"))
    company.apply()
    company.client("iam").remove_user_from_group(GroupName="payments-developers", UserName="ben")
    done = company.kaccess("admin", "-o", "json", "reconcile", "--once")
    assert done.code == 0, done.said
    assert [change["operation"] for change in json.loads(done.out)["data"]["clusters"][-1]["changes"]] == ["delete"]
    assert not entry_of(company, "ben")


def test_identity_only_leaves_kubernetes_objects_to_others(company):
    company.policy(("payments-developers", "reader", "staging"))
    company.apply()
    before = company.objects("roles", "rolebindings")
    company.policy(("data-engineers", "reader", "production"))
    done = company.kaccess("admin", "reconcile", "--once", "--identity-only")
    assert done.code == 0, done.said
    assert company.objects("roles", "rolebindings") == before
    assert entry_of(company, "carla")
    assert not entry_of(company, "ana")


def test_identity_only_makes_the_roles_that_entries_are_for_and_takes_them_away(company):
    """They are AWS's half of access, which nobody else would make."""
    company.policy(("payments-developers", "reader", "staging"))
    company.apply()
    head = sourced("data-engineers: {assume: true}")
    company.policy(("payments-developers", "reader", "staging"), ("data-engineers", "reader", "production"), head=head)
    role = "arn:aws:iam::111122223333:role/kaccess/kaccess-data-engineers"
    for is_there in (True, False):
        done = company.kaccess("admin", "reconcile", "--once", "--identity-only")
        assert done.code == 0, done.said
        assert (role in company.entries()) is is_there
        assert bool(company.client("iam").list_roles(PathPrefix="/kaccess/")["Roles"]) is is_there
        company.policy(("payments-developers", "reader", "staging"), head=head)


def test_once_without_a_namespace_for_the_lease_says_what_is_missing(company):
    company.policy(("payments-developers", "reader", "staging"))
    done = company.kaccess("admin", "reconcile", "--once")
    assert done.code == 1
    assert "kaccess-system" in done.err


def test_once_with_a_broken_policy_exits_as_apply_does(company):
    company.policy_file.write_text("kind: AccessPolicy\n")
    assert company.kaccess("admin", "reconcile", "--once").code == company.kaccess("admin", "apply", "--yes").code == 1


@pytest.mark.parametrize("words", [(), ("--once", "--every", "60s"), ("--every", "0s"), ("--every", "soon")])
def test_how_often_is_said_once_and_clearly(company, words):
    company.policy()
    assert company.kaccess("admin", "reconcile", *words).code == 2
