"""aws-auth in the cluster: versions, races, the backup and the way back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest

from kaccess.kube.api import KubeApi
from kaccess.kube.aws_auth.errors import Unreadable
from kaccess.kube.errors import Conflict, Forbidden, NotFound, Unreachable
from kaccess.model.errors import Refused
from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import AwsAuth, Entry, IamGroupPolicy, IamRole
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer, refusal

PATH = "/api/v1/namespaces/kube-system/configmaps"
AWS_AUTH, BACKUP = f"{PATH}/aws-auth", f"{PATH}/kaccess-aws-auth-backup"
ANA, BEN = (f"arn:aws:iam::111122223333:user/{name}" for name in ("ana", "ben"))
NODES = "- rolearn: arn:aws:iam::111122223333:role/nodes\n  groups: [system:bootstrappers, system:nodes] # theirs\n"
METADATA = {
    "name": "aws-auth",
    "namespace": "kube-system",
    "uid": "u-1",
    "labels": {"team": "platform"},
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    "managedFields": [{"manager": "vpcLambda"}],
}


def row(principal: str, *groups: str) -> Entry:
    return Entry(principal, groups, backend=Backend.AWS_AUTH)


GRANT = Change(None, row(ANA, "kaccess:a"), "granted")
REVOKE = Change(row(ANA, "kaccess:a"), None, "revoked")


class Cluster:
    """ConfigMaps kept as the API server would; `before_put` runs between a client's read and its write."""

    def __init__(self, stub: StubServer, **data: str) -> None:
        self.live: dict[str, dict[str, Any]] = {}
        self.version = 40
        self.before_put: Callable[[], None] = lambda: None
        if data:
            self.set(AWS_AUTH, {"metadata": dict(METADATA), "data": data, "binaryData": {"x": "eA=="}})
        stub.answer = self.answer

    def set(self, path: str, body: dict[str, Any]) -> Answer:
        self.version += 1
        metadata = {**body["metadata"], "resourceVersion": str(self.version)}
        self.live[path] = {**body, "metadata": metadata}
        return Answer(200, self.live[path])

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            live = self.live.get(asked.path)
            return Answer(200, deepcopy(live)) if live else refusal(404, "not found", "NotFound")
        path = asked.path if asked.method == "PUT" else f"{asked.path}/{asked.body['metadata']['name']}"
        if path == AWS_AUTH:
            self.before_put()
        if asked.method == "POST" and path in self.live:
            return refusal(409, "already exists", "AlreadyExists")
        if asked.method == "PUT" and not self.is_current(path, asked.body):
            return refusal(409, "the object has been modified", "Conflict")
        return self.set(path, asked.body)

    def is_current(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body["metadata"]["resourceVersion"] == self.live[path]["metadata"]["resourceVersion"])

    def data(self, path: str = AWS_AUTH) -> dict[str, str]:
        return dict(self.live[path]["data"])

    def edit(self, section: str, text: str) -> None:
        """Somebody else's edit."""
        live = self.live[AWS_AUTH]
        self.set(AWS_AUTH, {**live, "data": {**live["data"], section: text}})


@pytest.fixture
def cluster(stub: StubServer) -> Cluster:
    return Cluster(stub, mapRoles=NODES, mapAccounts="[]", other="kept")


def test_no_config_map_says_nothing_and_is_made_when_there_is_a_row(api: KubeApi, stub: StubServer) -> None:
    cluster = Cluster(stub)
    assert api.aws_auth() == AwsAuth()
    api.write(GRANT)
    assert cluster.data() == {
        "mapUsers": f"- userarn: {ANA}\n  username: {ANA}\n  groups:\n    - kaccess:a\n",
    }
    assert "labels" not in cluster.live[AWS_AUTH]["metadata"]
    assert BACKUP not in cluster.live, "there was nothing to keep"
    assert api.aws_auth().rows == (row(ANA, "kaccess:a"),)


def test_a_write_keeps_all_that_is_not_the_row(api: KubeApi, stub: StubServer, cluster: Cluster) -> None:
    api.write(GRANT)
    assert stub.calls() == [f"GET {AWS_AUTH}", f"GET {BACKUP}", f"POST {PATH}", f"PUT {AWS_AUTH}"]
    put = stub.asked[-1]
    assert put.query == {"fieldManager": "kaccess"}
    assert put.body["metadata"] == {**METADATA, "resourceVersion": "41"}
    assert put.body["binaryData"] == {"x": "eA=="}
    assert {key: text for key, text in put.body["data"].items() if key != "mapUsers"} == {
        "mapRoles": NODES,
        "mapAccounts": "[]",
        "other": "kept",
    }


def test_the_backup_is_what_was_there_before_the_first_write(api: KubeApi, cluster: Cluster) -> None:
    before = cluster.data()
    api.write(GRANT)
    api.write(Change(None, row(BEN, "kaccess:a"), "granted"))
    assert cluster.data(BACKUP) == before
    assert "labels" not in cluster.live[BACKUP]["metadata"]


def test_the_next_run_keeps_what_it_finds(stub: StubServer, cluster: Cluster) -> None:
    for principal in (ANA, BEN):
        with KubeApi(stub.endpoint, stub.ca_data, lambda: "k8s-aws-v1.secret") as api:
            before = cluster.data()
            api.write(Change(None, row(principal, "kaccess:a"), "granted"))
            assert cluster.data(BACKUP) == before


def test_each_run_over_one_connection_backs_up_what_it_found(api: KubeApi, cluster: Cluster) -> None:
    """A reconciler keeps its connection for months; what it found in its first round is no way back."""
    api.aws_auth()
    api.write(GRANT)
    cluster.live[AWS_AUTH]["data"]["mapAccounts"] = "- '999900001111'\n"
    api.aws_auth()
    found = dict(cluster.live[AWS_AUTH]["data"])
    api.write(REVOKE)
    api.write(GRANT)
    assert cluster.live[BACKUP]["data"] == found


@pytest.mark.parametrize("failure", [BROKEN, refusal(403, "no", "Forbidden"), refusal(500, "oops", "InternalError")])
def test_without_a_backup_nothing_is_written(api: KubeApi, stub: StubServer, cluster: Cluster, failure: Answer) -> None:
    stub.answer = lambda asked: failure if asked.method == "POST" else cluster.answer(asked)
    with pytest.raises(Exception, match="kaccess-aws-auth-backup"):
        api.write(GRANT)
    assert cluster.version == 41


def test_a_change_that_is_done_already_writes_nothing(api: KubeApi, stub: StubServer, cluster: Cluster) -> None:
    api.write(REVOKE)
    assert stub.calls() == [f"GET {AWS_AUTH}"]


def test_after_a_race_for_other_rows_both_are_there(api: KubeApi, cluster: Cluster) -> None:
    edits = [f"- userarn: {BEN}\n  groups: [x]\n", f"- userarn: {BEN}\n  groups: [x, z]\n"]
    cluster.before_put = lambda: cluster.edit("mapUsers", edits.pop(0)) if edits else None
    api.write(GRANT)
    assert cluster.data()["mapUsers"].startswith(f"- userarn: {BEN}\n  groups: [x, z]\n- userarn: {ANA}\n")


def test_after_a_race_for_its_own_row_nothing_is_written(api: KubeApi, cluster: Cluster) -> None:
    theirs = f"- userarn: {ANA}\n  groups: [system:masters]\n"
    cluster.before_put = lambda: cluster.edit("mapUsers", theirs)
    with pytest.raises(Conflict, match=r"row of arn:aws:iam::111122223333:user/ana changed meanwhile; run again"):
        api.write(GRANT)
    assert cluster.data()["mapUsers"] == theirs


def test_a_race_that_breaks_the_file_is_not_won_by_force(api: KubeApi, cluster: Cluster) -> None:
    cluster.before_put = lambda: cluster.edit("mapRoles", "- [")
    with pytest.raises(Unreadable, match="mapRoles, line"):
        api.write(GRANT)
    assert cluster.data()["mapRoles"] == "- ["


def test_who_loses_every_race_says_so(api: KubeApi, stub: StubServer, cluster: Cluster) -> None:
    cluster.before_put = lambda: cluster.edit("other", str(cluster.version))
    with pytest.raises(Conflict, match="modified"):
        api.write(GRANT)
    assert len([asked for asked in stub.asked if asked.method == "PUT"]) == 10


def test_rows_written_side_by_side_are_all_there(stub: StubServer, cluster: Cluster) -> None:
    names = [f"arn:aws:iam::111122223333:user/u{number}" for number in range(12)]
    apis = [KubeApi(stub.endpoint, stub.ca_data, lambda: "k8s-aws-v1.secret") for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        changes = [Change(None, row(name, "kaccess:a"), "granted") for name in names]
        list(pool.map(lambda job: apis[job[0] % 3].write(job[1]), enumerate(changes)))
    assert {entry.principal for entry in apis[0].aws_auth().rows} >= set(names)
    for api in apis:
        api.close()


@pytest.mark.parametrize(
    ("failure", "kind"), [(BROKEN, Unreachable), (refusal(403, "no", "Forbidden"), Forbidden)], ids=["broken", "no"]
)
def test_a_write_that_fails_is_said_and_not_repeated(
    api: KubeApi, stub: StubServer, cluster: Cluster, failure: Answer, kind: type[Exception]
) -> None:
    stub.answer = lambda asked: failure if (asked.method, asked.path) == ("PUT", AWS_AUTH) else cluster.answer(asked)
    with pytest.raises(kind, match="write ConfigMap kube-system/aws-auth"):
        api.write(GRANT)
    assert stub.calls().count(f"PUT {AWS_AUTH}") == 1


@pytest.mark.parametrize("failure", [BROKEN, refusal(403, "no", "Forbidden"), refusal(500, "oops")])
def test_a_read_that_fails_is_never_an_empty_file(api: KubeApi, stub: StubServer, failure: Answer) -> None:
    stub.answer = lambda _: failure
    with pytest.raises(Exception, match="read ConfigMap kube-system/aws-auth"):
        api.aws_auth()
    with pytest.raises(Exception, match="read ConfigMap kube-system/aws-auth"):
        api.write(GRANT)
    assert {asked.method for asked in stub.asked} == {"GET"}


@pytest.mark.parametrize(
    "item",
    [
        Entry(ANA, ("kaccess:a",)),
        IamRole("kaccess-a", "a", "{}", 3600),
        IamGroupPolicy("a", "a", "{}"),
    ],
)
def test_what_lives_in_aws_is_not_written_here(api: KubeApi, stub: StubServer, item: Entry) -> None:
    with pytest.raises(TypeError):
        api.write(Change(None, item, "granted"))
    assert stub.asked == []


def test_the_way_back_shows_what_differs_and_is_taken_back_the_same_way(api: KubeApi, cluster: Cluster) -> None:
    before = cluster.data()
    api.write(GRANT)
    after = cluster.data()
    found = api.aws_auth_restoration()
    assert [(each.key, each.current, each.backup) for each in found.differences] == [
        ("mapUsers", after["mapUsers"], None)
    ]
    assert found.current is not None
    assert set(found.current.rows) - set(found.backup.rows) == {row(ANA, "kaccess:a")}
    api.restore_aws_auth(found)
    assert cluster.data() == before
    assert cluster.live[AWS_AUTH]["metadata"]["labels"] == {"team": "platform"}
    assert api.aws_auth_restoration().differences[0].backup == after["mapUsers"]
    api.restore_aws_auth(api.aws_auth_restoration())
    assert cluster.data() == after


def test_a_file_that_somebody_broke_is_restored(api: KubeApi, cluster: Cluster) -> None:
    before = cluster.data()
    api.write(GRANT)
    cluster.edit("mapRoles", "- [")
    found = api.aws_auth_restoration()
    assert found.current is None
    api.restore_aws_auth(found)
    assert cluster.data() == before
    assert cluster.data(BACKUP) == before, "what is broken is not worth keeping"
    assert api.aws_auth_restoration().differences == ()


def test_a_config_map_that_is_gone_is_restored(api: KubeApi, cluster: Cluster) -> None:
    before = cluster.data()
    api.write(GRANT)
    del cluster.live[AWS_AUTH]
    api.restore_aws_auth(api.aws_auth_restoration())
    assert cluster.data() == before


def test_nothing_to_restore_writes_nothing(api: KubeApi, stub: StubServer, cluster: Cluster) -> None:
    api.write(GRANT)
    api.write(REVOKE)
    cluster.edit("mapUsers", "")
    cluster.set(BACKUP, {**cluster.live[BACKUP], "data": cluster.data()})
    stub.asked.clear()
    api.restore_aws_auth(api.aws_auth_restoration())
    assert stub.calls() == [f"GET {AWS_AUTH}", f"GET {BACKUP}"]


def test_a_file_that_changed_since_it_was_compared_is_not_restored(api: KubeApi, cluster: Cluster) -> None:
    api.write(GRANT)
    found = api.aws_auth_restoration()
    cluster.edit("mapUsers", "[]")
    with pytest.raises(Conflict):
        api.restore_aws_auth(found)
    assert cluster.data()["mapUsers"] == "[]"


def test_without_a_backup_there_is_no_way_back(api: KubeApi, cluster: Cluster) -> None:
    with pytest.raises(NotFound, match="no ConfigMap kube-system/kaccess-aws-auth-backup"):
        api.aws_auth_restoration()


@pytest.mark.parametrize(
    ("backup", "kind", "line"),
    [
        ({"mapRoles": "- ["}, Unreadable, "the backup kube-system/kaccess-aws-auth-backup cannot be restored"),
        ({}, Refused, "would empty it"),
        ({"mapRoles": NODES.replace("nodes\n", "others\n")}, Refused, "lock them out"),
        ({"mapRoles": NODES.replace(", system:nodes", "")}, Refused, "lock them out"),
    ],
)
def test_a_backup_that_would_do_harm_is_refused(
    api: KubeApi, cluster: Cluster, backup: dict[str, str], kind: type[Exception], line: str
) -> None:
    cluster.set(BACKUP, {"metadata": {"name": "kaccess-aws-auth-backup"}, "data": backup})
    with pytest.raises(kind, match=line):
        api.aws_auth_restoration()
