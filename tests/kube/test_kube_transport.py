from __future__ import annotations

import gzip
import json
import tempfile
import time
from pathlib import Path

import pytest
import urllib3

from kaccess.kube import transport as transport_module
from kaccess.kube.api import KubeApi
from kaccess.kube.errors import Forbidden, KubeError, NotFound, Unauthorized, Unreachable
from kaccess.kube.transport import Transport
from kaccess.model.errors import LoginNeeded
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer, ca_data, refusal, self_signed

EMPTY = Answer(200, {"metadata": {}, "items": []})
SECRET = "k8s-aws-v1.secret"


def test_a_call_carries_the_token_and_asks_for_compressed_json(api: KubeApi, stub: StubServer) -> None:
    packed = gzip.compress(json.dumps(EMPTY.body).encode())
    stub.script(Answer(200, packed, {"Content-Encoding": "gzip"}))
    assert api.namespaces() == ()
    headers = stub.asked[0].headers
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"].startswith("kaccess/")


def test_connections_are_used_again(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: EMPTY
    for _ in range(3):
        api.namespaces()
    pools = api._transport._pool.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - not a dict


@pytest.mark.parametrize("failure", [BROKEN, *(refusal(status, "later") for status in (429, 500, 502, 503, 504))])
def test_a_read_is_repeated_after_a_passing_failure(
    api: KubeApi, stub: StubServer, waits: list[float], failure: Answer
) -> None:
    stub.script(failure, failure, EMPTY)
    assert api.namespaces() == ()
    assert len(stub.asked) == 3
    assert len(waits) == 2
    assert waits[0] < waits[1]


@pytest.mark.parametrize(("asked", "waited"), [("3", 3.0), ("3600", 10.0)])
def test_a_busy_server_says_how_long_to_wait_within_reason(
    api: KubeApi, stub: StubServer, waits: list[float], asked: str, waited: float
) -> None:
    stub.script(refusal(429, "too many requests", Retry_After=asked), EMPTY)
    api.namespaces()
    assert waits == [waited]


@pytest.mark.parametrize("asked", ["0", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "³"])
def test_any_other_answer_of_how_long_to_wait_is_our_own_guess(
    api: KubeApi, stub: StubServer, waits: list[float], asked: str
) -> None:
    stub.script(refusal(503, "later", Retry_After=asked), EMPTY)
    api.namespaces()
    assert 0 < waits[0] < 1


@pytest.mark.parametrize("failure", [BROKEN, refusal(503, "still starting", "ServiceUnavailable")])
def test_repeats_are_bounded(api: KubeApi, stub: StubServer, failure: Answer) -> None:
    stub.answer = lambda _: failure
    with pytest.raises(Unreachable):
        api.namespaces()
    assert len(stub.asked) == 5


@pytest.mark.parametrize("failure", [BROKEN, refusal(500, "perhaps"), refusal(503, "perhaps")])
def test_what_may_have_been_done_is_not_done_twice(stub: StubServer, failure: Answer, waits: list[float]) -> None:
    stub.script(failure)
    transport = Transport(stub.endpoint, stub.ca_data, lambda: SECRET, sleep=waits.append)
    with pytest.raises(KubeError):
        transport.call("POST", "/api/v1/namespaces", "create namespace x", body={})
    transport.close()
    assert len(stub.asked) == 1
    assert waits == []


def test_what_a_busy_server_did_not_look_at_is_sent_again(stub: StubServer, waits: list[float]) -> None:
    stub.script(refusal(429, "too many requests", Retry_After="1"), Answer(201, {"kind": "Namespace"}))
    transport = Transport(stub.endpoint, stub.ca_data, lambda: SECRET, sleep=waits.append)
    assert transport.call("POST", "/api/v1/namespaces", "create namespace x", body={}) == {"kind": "Namespace"}
    transport.close()
    assert waits == [1.0]


def test_a_refused_token_is_replaced_once(stub: StubServer) -> None:
    tokens = iter(["old", "new"])
    good = "Bearer new"
    stub.answer = lambda asked: EMPTY if asked.headers["Authorization"] == good else refusal(401, "Unauthorized")
    with KubeApi(stub.endpoint, stub.ca_data, lambda: next(tokens)) as api:
        api.namespaces()
        api.namespaces()
    assert [asked.headers["Authorization"] for asked in stub.asked] == ["Bearer old", good, good]


def test_a_token_refused_to_many_threads_is_replaced_once(stub: StubServer) -> None:
    asked_for: list[str] = []

    def token() -> str:
        asked_for.append(f"token-{len(asked_for)}")
        return asked_for[-1]

    stub.answer = lambda asked: EMPTY if "token-1" in asked.headers["Authorization"] else refusal(401, "Unauthorized")
    with KubeApi(stub.endpoint, stub.ca_data, token) as api:
        api.owned()
    assert asked_for == ["token-0", "token-1"]


def test_who_stays_unknown_needs_to_log_in(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: refusal(401, "Unauthorized", "Unauthorized")
    with pytest.raises(Unauthorized) as caught:
        api.identity()
    assert len(stub.asked) == 2
    assert isinstance(caught.value, LoginNeeded)
    assert caught.value.exit_code == 5
    assert "whoami" in str(caught.value)


def test_a_login_that_is_needed_for_the_token_is_what_is_said(stub: StubServer) -> None:
    def token() -> str:
        raise LoginNeeded("log in first")

    with KubeApi(stub.endpoint, stub.ca_data, token) as api, pytest.raises(LoginNeeded, match="log in first"):
        api.namespaces()
    assert stub.asked == []


def test_a_redirect_is_not_followed_with_the_token_in_hand(api: KubeApi, stub: StubServer) -> None:
    stub.script(Answer(302, {}, {"Location": f"{stub.endpoint}/elsewhere"}))
    with pytest.raises(KubeError, match="302"):
        api.namespaces()
    assert len(stub.asked) == 1


@pytest.mark.parametrize("body", [b"<html>log in to the guest network</html>", b"[]", b"", b"\xff\xfe", b"null"])
def test_an_answer_that_is_not_the_servers_is_an_error(api: KubeApi, stub: StubServer, body: bytes) -> None:
    stub.answer = lambda _: Answer(200, body)
    with pytest.raises(KubeError, match="proxy"):
        api.namespaces()


@pytest.mark.parametrize("body", [b"<html>secret page</html>", b'"text"', b"\xff", {"message": None}, {"message": 5}])
def test_an_error_page_of_a_proxy_is_not_shown(api: KubeApi, stub: StubServer, body: object) -> None:
    stub.answer = lambda _: Answer(418, body)
    with pytest.raises(KubeError) as caught:
        api.namespaces()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 410, 418, 422, 429, 500, 503])
def test_no_token_is_in_any_message(api: KubeApi, stub: StubServer, status: int) -> None:
    stub.answer = lambda _: refusal(status, "no")
    with pytest.raises(KubeError) as caught:
        api.identity()
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_another_ca_is_not_trusted_and_not_asked_twice(stub: StubServer, tmp_path: Path, waits: list[float]) -> None:
    stranger = ca_data(self_signed(tmp_path))
    with (
        KubeApi(stub.endpoint, stranger, lambda: SECRET, sleep=waits.append) as api,
        pytest.raises(KubeError, match="not trusted") as caught,
    ):
        api.namespaces()
    assert "NO_PROXY" in str(caught.value)
    assert stub.asked == []
    assert waits == []


def test_another_host_name_is_not_trusted(stub: StubServer) -> None:
    elsewhere = stub.endpoint.replace("127.0.0.1", "localhost")
    with KubeApi(elsewhere, stub.ca_data, lambda: SECRET) as api, pytest.raises(KubeError, match="not trusted"):
        api.namespaces()


@pytest.mark.parametrize("broken", ["", "not base64!", "bm90IGEgY2VydGlmaWNhdGU=", "é"])
def test_ca_data_without_a_certificate_is_refused(stub: StubServer, broken: str) -> None:
    with pytest.raises(KubeError, match="PEM"):
        KubeApi(stub.endpoint, broken, lambda: SECRET)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:80", "127.0.0.1", "", "ftp://x", "https://", "https://:443"])
def test_a_token_never_travels_in_the_clear(stub: StubServer, endpoint: str) -> None:
    with pytest.raises(KubeError, match="https"):
        KubeApi(endpoint, stub.ca_data, lambda: SECRET)


def test_the_ca_leaves_no_file_behind(stub: StubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stub.answer = lambda _: EMPTY
    with KubeApi(stub.endpoint, stub.ca_data, lambda: SECRET) as api:
        api.namespaces()
        assert list(tmp_path.iterdir()) == []


def test_a_closed_port_is_unreachable(stub: StubServer, waits: list[float]) -> None:
    with (
        KubeApi("https://127.0.0.1:1", stub.ca_data, lambda: SECRET, sleep=waits.append) as api,
        pytest.raises(Unreachable, match="refuses connections"),
    ):
        api.namespaces()


def test_a_server_that_says_nothing_is_unreachable(
    stub: StubServer, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "_TIMEOUT", urllib3.Timeout(connect=5, read=0.05))

    def slow(_: Asked) -> Answer:
        time.sleep(0.2)
        return EMPTY

    stub.answer = slow
    with (
        KubeApi(stub.endpoint, stub.ca_data, lambda: SECRET, sleep=waits.append) as api,
        pytest.raises(Unreachable, match="in time"),
    ):
        api.namespaces()
    assert len(waits) == 4


def test_the_proxy_of_the_environment_is_used(
    stub: StubServer, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with (
        KubeApi(stub.endpoint, stub.ca_data, lambda: SECRET, sleep=waits.append) as api,
        pytest.raises(Unreachable, match="proxy"),
    ):
        api.namespaces()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    stub.answer = lambda _: EMPTY
    with KubeApi(stub.endpoint, stub.ca_data, lambda: SECRET) as api:
        assert api.namespaces() == ()


def test_the_servers_words_are_kept_on_one_line(api: KubeApi, stub: StubServer) -> None:
    words = 'namespaces is forbidden: User "ana" cannot list\nresource "namespaces" at the cluster scope'
    stub.answer = lambda _: refusal(403, words, "Forbidden")
    with pytest.raises(Forbidden) as caught:
        api.namespaces()
    advice = "ask an administrator of the cluster to allow it, or use another AWS profile"
    assert str(caught.value) == f"cannot list namespaces: {' '.join(words.split())}; {advice}"
    assert caught.value.reason == "Forbidden"
    assert caught.value.missing_rules == ()


def test_what_is_not_there_is_said(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: refusal(404, "the server could not find the requested resource", "NotFound")
    with pytest.raises(NotFound):
        api.identity()
