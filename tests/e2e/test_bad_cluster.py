"""A cluster that cannot be reached, cannot be trusted, or does not answer as an API server does."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kaccess.sandbox import world
from kaccess.sandbox.kube.statuses import StatusError
from tests.e2e.bad_check import refused, state
from tests.e2e.bad_servers import CLOSED, answering, ca_data, certificates, silent

pytestmark = pytest.mark.thorough

GRANT = ("payments-developers", "developer", "development")
PROXY = "check the proxy settings"


@pytest.fixture
def policed(company):
    company.policy(GRANT)
    return company


def point_at(address, authority=None):
    """Let EKS name this as the cluster's endpoint; the sandbox is a new one for every test."""
    cluster = world.ACCOUNT.eks.clusters[world.CLUSTER]
    cluster.endpoint = f"https://{address}"
    if authority:
        cluster.certificate_authority = {"data": authority}


def test_an_api_that_cannot_be_reached(policed):
    point_at(CLOSED)
    why = f"{CLOSED} cannot be reached: it refuses connections; check the network, VPN and proxy settings"
    with ThreadPoolExecutor() as pool:  # each of them tries for some seconds
        apply = pool.submit(refused, policed, "admin", "apply", "--yes")
        login = pool.submit(refused, policed, "ana", "login")
    assert apply.result() == [f"cannot list namespaces: {why}"]
    assert login.result() == [f"cannot ask the cluster who you are: {why}"]


def test_a_certificate_of_another_authority(policed):
    """The cluster was made anew, or somebody stands in between: no token is sent there."""
    address = policed.sandbox.kube_url.removeprefix("https://")
    point_at(address, ca_data(certificates(policed.folder / "sandbox" / "stranger")))
    for person, words, what in (
        ("admin", ("apply", "--yes"), "list namespaces"),
        ("ana", ("login",), "ask the cluster who you are"),
    ):
        assert refused(policed, person, *words) == [
            f"cannot {what}: the certificate of {address} is not trusted (unable to get local issuer certificate); "
            "if the cluster was recreated, log in again; if a proxy opens TLS, exempt this host in NO_PROXY"
        ]


ANSWERS = {
    (200, b"<html>Welcome to the hotel</html>"): f"the answer is not the API server's; {PROXY}",
    (200, b"[]"): f"the answer is not the API server's; {PROXY}",
    (200, b"{}"): f"the answer is no list; {PROXY}",
    (200, b'{"metadata": {}, "items": [{"metadata": {}}]}'): f"the answer is not the API server's; {PROXY}",
    (302, b""): f"the API server answered with status 302, which sends elsewhere; {PROXY}",
    (502, b"<html>Bad gateway</html>"): (
        "the API server answered with status 502; "
        "run again in a minute, and look at the cluster's health if it stays so"
    ),
}


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_a_server_that_is_no_api_server(policed, answer):
    tls = certificates(policed.folder / "sandbox" / "hotel")
    with answering(*answer, tls) as address:
        point_at(address, ca_data(tls))
        assert refused(policed, "admin", "apply", "--yes") == [f"cannot list namespaces: {ANSWERS[answer]}"]


def test_a_server_in_trouble(policed):
    def refuse(_):
        raise StatusError(500, "InternalError", "etcdserver: no leader")

    policed.sandbox.observers.kube = refuse
    assert refused(policed, "admin", "apply", "--yes") == [
        "cannot list namespaces: etcdserver: no leader; run again in a minute, and look at the cluster's health if it "
        "stays so"
    ]


def test_a_backend_that_the_cluster_does_not_look_at(policed):
    text = policed.policy_file.read_text()
    policed.policy_file.write_text(text.replace('"111122223333"}', '"111122223333", backend: access-entries}'))
    policed.sandbox.cloud.entries.modes[world.CLUSTER] = "CONFIG_MAP"
    before = policed.objects()
    done = policed.kaccess("admin", "apply", "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "error: kaccess.yaml:5:3: cluster cardo has `backend: access-entries`, at which it does not look in its "
        "authenticationMode CONFIG_MAP; write `backend: aws-auth`, or leave it out\n"
    )
    assert policed.objects() == before


@pytest.mark.parametrize("words", [("plan",), ("audit",), ("login",)], ids=lambda words: words[0])
def test_ctrl_c_ends_the_wait_for_a_server_that_is_silent(policed, words):
    with silent() as (server, address):
        point_at(address)
        process = policed.start("admin", "kaccess", *words)
        waiting, _ = server.accept()
        time.sleep(0.2)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - asked < 5
        waiting.close()
    assert (process.returncode, out, err.strip()) == (130, "", "error: interrupted")


def test_a_server_that_is_silent_is_given_up_within_a_minute(policed):
    """Both waits at once: for the cluster's API, and for AWS."""
    before = state(policed)
    with silent() as (_, address):
        point_at(address)
        policed.extra = {}
        waits_for_cluster = policed.start("admin", "kaccess", "apply", "--yes")
        policed.extra = {"AWS_ENDPOINT_URL": f"http://{address}"}
        waits_for_aws = policed.start("admin", "kaccess", "apply", "--yes")
        _, of_cluster = waits_for_cluster.communicate(timeout=60)
        _, of_aws = waits_for_aws.communicate(timeout=60)
    assert (waits_for_cluster.returncode, waits_for_aws.returncode) == (1, 1)
    assert of_cluster == (
        f"error: cannot list namespaces: {address} cannot be reached: it did not answer in time; "
        "check the network, VPN and proxy settings\n"
    )
    assert of_aws == (
        f"error: sts:GetCallerIdentity failed: no answer from {address}; check the network, the region and the "
        "proxy settings\n"
    )
    policed.extra = {}
    assert state(policed) == before


def interrupt_at(company, position, *words):
    """Apply, and press Ctrl-C while the write of this number is under way."""
    writes = []

    def see(request):
        if request.method != "GET" and "reviews" not in request.path:
            writes.append(request.path)
            if len(writes) == position:
                process.send_signal(signal.SIGINT)
                time.sleep(0.5)

    company.sandbox.observers.kube = see
    process = company.start("admin", "kaccess", "apply", "--yes", *words)
    out, err = process.communicate(timeout=30)
    company.sandbox.observers.kube = None
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.mark.parametrize("position", [1, 4])
def test_ctrl_c_during_an_apply_says_what_is_left_and_the_next_one_does_it(policed, position):
    changes = len(json.loads(policed.kaccess("admin", "plan", "-o", "json").out)["data"]["plans"][0]["changes"])
    code, out, err = interrupt_at(policed, position)
    assert code == 130
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [
        *["applied"] * (position - 1),
        "failed",
        *["skipped"] * (changes - position),
    ]
    assert all(line.endswith(": interrupted; run again to finish") for line in lines[position - 1 : -1])
    assert err.count("error: cardo: ") == changes - position + 1
    policed.apply()
    assert policed.kaccess("admin", "plan", "--check").code == 0


def test_ctrl_c_during_an_apply_speaks_the_envelope_too(policed):
    code, out, _ = interrupt_at(policed, 2, "-o", "json")
    answer = json.loads(out)
    assert (code, answer["exitCode"], answer["status"]) == (130, 130, "partial")
    statuses = [change["status"] for change in answer["data"]["clusters"][0]["changes"]]
    assert statuses[:3] == ["applied", "failed", "skipped"]
