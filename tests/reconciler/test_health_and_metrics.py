import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kaccess.model.errors import Usage
from kaccess.model.plan import Change, Plan, Skipped
from kaccess.model.state import Entry
from kaccess.reconciler.endpoint import serving
from kaccess.reconciler.health import MISSED_ROUNDS, STUCK_SECONDS, Health
from kaccess.reconciler.metrics import Metrics
from kaccess.reconciler.turn import Ending, Round, Turn
from kaccess.workflows.apply import Outcome, Status
from tests.reconciler.stage import START, Time
from tests.workflows.fakes import Broken

ENTRY = Change(None, Entry("arn:aws:iam::111122223333:user/ana", ("kaccess:x",)), "for the test")
PLAN = Plan("cardo", (ENTRY, ENTRY), (Skipped("group x", "no answer"),))
FAILED = Turn("cardo", Ending.FAILED, "", PLAN, (Outcome(ENTRY, Status.APPLIED), Outcome(ENTRY, Status.FAILED, "no")))
AGREED = Turn("cardo", Ending.AGREED, "", Plan("cardo"))


def round_of(*turns, **settings):
    return Round(START, 1.5, turns, **settings)


def samples(metrics):
    families = text_string_to_metric_families(metrics.text().decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_metrics_tell_of_changes_failures_drift_and_what_was_skipped():
    metrics = Metrics()
    metrics.round(round_of(FAILED, Turn("rossa", Ending.UNREACHED, "no answer")))
    metrics.leading({"cardo": True, "rossa": False})
    found = samples(metrics)
    assert found["kaccess_reconciler_changes_total", "cardo", "entry", "create", "applied"] == 1
    assert found["kaccess_reconciler_changes_total", "cardo", "entry", "create", "failed"] == 1
    assert found["kaccess_reconciler_failures_total", "rossa", "unreached"] == 1
    assert found["kaccess_reconciler_drift", "cardo"] == 2
    assert found["kaccess_reconciler_skipped", "cardo"] == 1
    assert found["kaccess_reconciler_is_leader", "cardo"] == 1
    assert found["kaccess_reconciler_rounds_total", "problem"] == 1
    assert found["kaccess_reconciler_round_duration_seconds_sum",] == 1.5
    assert ("kaccess_reconciler_last_success_timestamp_seconds", "cardo") not in found


def test_metrics_tell_when_all_was_well_and_whether_the_policy_can_be_used():
    metrics = Metrics()
    metrics.round(round_of(AGREED))
    assert samples(metrics)["kaccess_reconciler_last_success_timestamp_seconds", "cardo"] == START.timestamp() + 1.5
    assert samples(metrics)["kaccess_reconciler_policy_valid",] == 1
    metrics.round(round_of(policy_error=Broken("broken")))
    assert samples(metrics)["kaccess_reconciler_policy_valid",] == 0
    assert samples(metrics)["kaccess_reconciler_rounds_total", "skipped"] == 1


def test_every_metric_has_help_and_a_conventional_name():
    for family in text_string_to_metric_families(Metrics().text().decode()):
        assert family.documentation
        assert family.name.startswith("kaccess_reconciler_")


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def health(time):
    return Health(time.clock(), 60.0, lambda: {"cardo": False})


def test_a_loop_that_stands_still_is_not_alive(time, health):
    assert health.alive().well
    time.at += 60 + STUCK_SECONDS
    assert not health.alive().well
    health.beat()
    assert health.alive().well


def test_it_is_ready_after_a_round_even_if_it_follows_and_no_longer_when_rounds_stay_out(time, health):
    assert not health.ready().well
    health.round(round_of(Turn("cardo", Ending.FOLLOWING)))
    assert health.ready().well
    assert health.ready().details["leader"] == {"cardo": False}
    time.at += MISSED_ROUNDS * 60 + 1
    assert not health.ready().well


def test_it_is_not_ready_while_the_policy_is_broken(health):
    health.round(round_of(policy_error=Broken("kaccess.yaml:1:1: no")))
    assert health.ready().details["reason"] == "kaccess.yaml:1:1: no"
    assert not health.ready().well


def test_the_endpoint_answers_its_three_paths_and_no_other(health):
    with serving("127.0.0.1", 0, health, Metrics()) as (host, port):
        base = f"http://{host}:{port}"
        with urllib.request.urlopen(f"{base}/healthz") as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{base}/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
        for path, status in (("/readyz", 503), ("/", 404), ("/../etc/passwd", 404)):
            with pytest.raises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(base + path)
            with refusal.value as answer:
                assert answer.status == status


def test_an_address_that_is_taken_is_named(health):
    with (
        serving("127.0.0.1", 0, health, Metrics()) as (host, port),
        pytest.raises(Usage, match=f"{host}:{port}"),
        serving(host, port, health, Metrics()),
    ):
        pass


def test_without_a_host_both_families_of_addresses_are_listened_on(health):
    with (
        serving("", 0, health, Metrics()) as (_, port),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as on,
    ):
        assert on.status == 200
