"""The real control plane comes up, answers, tells strangers apart and leaves nothing behind."""

from __future__ import annotations

import os
import pathlib

import pytest

from . import binaries
from .authenticator import DYNAMIC_FILE, EKS_CONFIG_MAP, Authenticator, Entry
from .process import Server, StartError
from .servers import ControlPlane
from .support import presigned_token, wait_until

pytestmark = pytest.mark.controlplane

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def test_the_administrator_lists_namespaces(plane: ControlPlane) -> None:
    status, found = plane.request("GET", "/api/v1/namespaces")

    assert status == 200
    assert {"default", "kube-system"} <= {item["metadata"]["name"] for item in found["items"]}


@pytest.mark.parametrize("name", ["view", "edit", "admin"])
def test_a_built_in_role_has_rules(plane: ControlPlane, name: str) -> None:
    status, role = plane.request("GET", f"{RBAC}/clusterroles/{name}")

    assert status == 200
    assert role["rules"]


def test_a_garbage_token_is_refused(plane: ControlPlane) -> None:
    status, body = plane.request("GET", "/api/v1/namespaces", token="garbage")

    assert (status, body["reason"]) == (401, "Unauthorized")


def test_a_well_formed_token_is_refused_when_sts_is_out_of_reach(plane: ControlPlane) -> None:
    status, _ = plane.request("GET", "/api/v1/namespaces", token=presigned_token())

    assert status == 401
    # It was the authenticator that refused, and it did try to ask: the two halves are joined.
    assert "connection refused on eu-south-1 endpoint" in _authenticator_log(plane)


def test_a_namespace_goes_away_again(plane: ControlPlane) -> None:
    path = "/api/v1/namespaces/passing"
    assert plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "passing"}})[0] == 201
    wait_until(lambda: plane.request("GET", f"{path}/serviceaccounts/default")[0] == 200)

    assert plane.request("DELETE", path)[0] == 200

    wait_until(lambda: plane.request("GET", path)[0] == 404)


def test_a_role_that_was_given_to_a_group_is_enforced(plane: ControlPlane) -> None:
    binding = {
        "metadata": {"name": "viewers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "viewers"}],
    }
    assert plane.request("POST", f"{RBAC}/namespaces/default/rolebindings", binding)[0] == 201
    viewer = {"Impersonate-User": "ana", "Impersonate-Group": "viewers"}

    wait_until(lambda: plane.request("GET", "/api/v1/namespaces/default/pods", headers=viewer)[0] == 200)
    assert plane.request("GET", "/api/v1/namespaces/default/secrets", headers=viewer)[0] == 403
    assert plane.request("GET", "/api/v1/namespaces/kube-system/pods", headers=viewer)[0] == 403


def test_entries_are_loaded_while_it_runs(plane: ControlPlane) -> None:
    authenticator = _authenticator(plane)
    arn = "arn:aws:iam::111122223333:user/loaded"

    authenticator.write_entries([Entry(arn, arn, ("kaccess:loaded",), "AIDALOADED")])

    assert "AIDALOADED" in _authenticator_log(plane)


def test_aws_auth_is_watched(plane: ControlPlane) -> None:
    aws_auth = {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": "[]"}}

    assert plane.request("POST", "/api/v1/namespaces/kube-system/configmaps", aws_auth)[0] == 201

    wait_until(lambda: "Received aws-auth watch event" in _authenticator_log(plane))


def test_the_authenticator_changes_its_backends(plane: ControlPlane) -> None:
    authenticator = _authenticator(plane)
    before = authenticator.pid
    try:
        authenticator.restart([EKS_CONFIG_MAP])
        assert authenticator.pid not in (None, before)
    finally:
        authenticator.restart([DYNAMIC_FILE, EKS_CONFIG_MAP])


def test_what_came_since_goes_and_what_was_changed_is_as_before(plane: ControlPlane) -> None:
    before = plane.etcd.read()
    assert plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "passing"}})[0] == 201
    binding = {
        "metadata": {"name": "passing"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "passing"}],
    }
    assert plane.request("POST", f"{RBAC}/namespaces/passing/rolebindings", binding)[0] == 201
    assert plane.request("DELETE", f"{RBAC}/clusterroles/system:node-problem-detector")[0] == 200
    passing = {"Impersonate-User": "ana", "Impersonate-Group": "passing"}
    pods = "/api/v1/namespaces/passing/pods"
    wait_until(lambda: plane.request("GET", pods, headers=passing)[0] == 200)

    plane.etcd.put_back(before)

    assert plane.etcd.read() == before
    assert plane.request("GET", f"{RBAC}/clusterroles/system:node-problem-detector")[0] == 200
    wait_until(lambda: plane.request("GET", pods, headers=passing)[0] == 403)


def test_every_process_is_ended(tmp_path: pathlib.Path, plane: ControlPlane) -> None:
    with ControlPlane(tmp_path) as second:
        pids = second.pids
        assert set(pids) == {binaries.ETCD, binaries.API_SERVER, binaries.CONTROLLER_MANAGER}

    assert second.pids == {}
    assert [pid for pid in pids.values() if _exists(pid)] == []
    assert plane.request("GET", "/readyz") == (200, "ok")


def test_a_failed_start_shows_the_end_of_the_log(tmp_path: pathlib.Path, plane: ControlPlane) -> None:
    broken = ControlPlane(tmp_path, api_server_flags=["--no-such-flag"])

    with pytest.raises(StartError, match=r"kube-apiserver ended with exit code 1[^$]*unknown flag: --no-such-flag"):
        broken.start()

    assert broken.pids == {}


def test_a_server_that_does_not_listen_is_killed(tmp_path: pathlib.Path) -> None:
    script = "trap '' TERM; echo up; while :; do sleep 0.1; done"
    server = Server("deaf", ["/bin/sh", "-c", script], tmp_path, {}, stop_timeout=0.2)
    server.start()
    server.wait_for(lambda: "up" in server.log.read_text(), "a word")
    pid = server.pid

    server.stop()

    assert pid is not None
    assert not _exists(pid)


def _authenticator(plane: ControlPlane) -> Authenticator:
    assert plane.authenticator is not None
    return plane.authenticator


def _authenticator_log(plane: ControlPlane) -> str:
    return (_authenticator(plane).folder / f"{binaries.AUTHENTICATOR}.log").read_text()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
