"""A sandbox whose cluster is real: kube-apiserver, its controllers, etcd, and aws-iam-authenticator for its tokens.

AWS stays the sandbox's. The authenticator's question to STS goes to it, and the entries it maps callers by are made
from the sandbox's access entries. EKS's access policies have no like outside of EKS: groups stand in for them.
"""

import threading
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone

from kaccess.model.rule import RBAC_GROUP
from kaccess.sandbox import world
from kaccess.sandbox.aws.access_entry import STANDARD
from kaccess.sandbox.kube.resources import NAMESPACES, ROLE_BINDINGS
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.server import KubeEndpoint, running_sandbox
from tests.controlplane.authenticator import DYNAMIC_FILE, Authenticator, Entry
from tests.controlplane.servers import ControlPlane
from tests.e2e.observing_proxy import ObservingProxy
from tests.e2e.sts_proxy import StsProxy, serving

READERS = "stand-in:readers"
ACCESS_POLICY_GROUPS = {"AmazonEKSClusterAdminPolicy": "system:masters", "AmazonEKSAdminViewPolicy": READERS}
"""For each access policy of the sandbox's world, the group that gives the like by RBAC."""

RBAC = f"/apis/{RBAC_GROUP}/v1"
READ_EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}


@contextmanager
def real_plane(folder, *, observed=False):
    """The sandbox of a real cluster. If it is `observed`, the sandbox's observers are told of Kubernetes requests."""
    folder.mkdir()
    with ExitStack() as started:
        sts = started.enter_context(serving(StsProxy(folder)))
        authenticator = Authenticator(
            folder / "authenticator", world.CLUSTER, backends=[DYNAMIC_FILE], proxy=sts.url, trusted_ca=sts.ca_file
        )
        # Without a cache of its own the webhook refuses nobody because of what was so a second ago.
        plane = ControlPlane(folder / "plane", authenticator=authenticator, webhook_cache_ttl="0s")
        create_world(started.enter_context(plane))
        front = plane
        if observed:
            front = started.enter_context(serving(ObservingProxy(folder, plane.url, plane.ca_file)))
        endpoint = KubeEndpoint(front.url, front.ca_file.read_bytes())
        sandbox = started.enter_context(running_sandbox(folder / "sandbox", cluster=endpoint))
        if observed:
            front.observers = sandbox.observers
        sts.before, sts.aws_url = Feed(sandbox.cloud.entries, authenticator), sandbox.aws_url
        yield sandbox


class Feed:
    """Gives the authenticator the access entries as they are now; called when it is about to ask who somebody is."""

    def __init__(self, entries, authenticator):
        self.entries = entries
        self.authenticator = authenticator
        self.fed = ()
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            found = [as_identity(entry) for entry in self.entries.list(world.CLUSTER) if entry.type == STANDARD]
            if found != self.fed:
                self.authenticator.write_entries(found)
                self.fed = found


def as_identity(entry):
    """An access entry in the authenticator's terms."""
    stand_ins = [ACCESS_POLICY_GROUPS[policy.name] for policy in entry.access_policies.values()]
    return Entry(entry.principal_arn, entry.username, (*entry.kube_groups, *stand_ins), entry.principal_id)


def create_world(plane):
    """What the sandbox's cluster holds beside what every cluster is born with, and the rights of the readers."""
    store = Store()
    world.seed_kube(store, datetime.now(timezone.utc))
    for name in world.NAMESPACES:
        create(plane, "/api/v1/namespaces", store.get(NAMESPACES, "", name))
    for binding in store.list(ROLE_BINDINGS):
        create(plane, f"{RBAC}/namespaces/{binding['metadata']['namespace']}/rolebindings", binding)
    create(plane, f"{RBAC}/clusterroles", {"metadata": {"name": READERS}, "rules": [READ_EVERYTHING]})
    binding = {
        "metadata": {"name": READERS},
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": READERS},
        "subjects": [{"apiGroup": RBAC_GROUP, "kind": "Group", "name": READERS}],
    }
    create(plane, f"{RBAC}/clusterrolebindings", binding)


def create(plane, path, obj):
    kept = {key: value for key, value in obj["metadata"].items() if key in ("name", "namespace", "labels")}
    status, answer = plane.request("POST", path, {**obj, "metadata": kept})
    assert status == 201, answer
