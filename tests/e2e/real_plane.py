"""A sandbox whose cluster is real: kube-apiserver, its controllers, etcd, and aws-iam-authenticator for its tokens.

AWS stays the sandbox's. The authenticator's question to STS goes to it, and the entries it maps callers by are made
from the sandbox's access entries. EKS's access policies have no like outside of EKS: groups stand in for them. The
authenticator reads aws-auth from the real API server itself. Its backends are those of EKS in the cluster's mode.
"""

import threading
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone

from kaccess.model.rule import RBAC_GROUP
from kaccess.sandbox import world
from kaccess.sandbox.aws.access_entries import API_MODES
from kaccess.sandbox.aws.access_entry import STANDARD
from kaccess.sandbox.kube.resources import CONFIG_MAPS, NAMESPACES, ROLE_BINDINGS
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.server import KubeEndpoint, running_sandbox
from tests.controlplane.authenticator import DYNAMIC_FILE, EKS_CONFIG_MAP, MOUNTED_FILE, Authenticator, Entry
from tests.controlplane.servers import ControlPlane
from tests.e2e.observing_proxy import ObservingProxy
from tests.e2e.sts_proxy import StsProxy, serving

READERS = "stand-in:readers"
ACCESS_POLICY_GROUPS = {"AmazonEKSClusterAdminPolicy": "system:masters", "AmazonEKSAdminViewPolicy": READERS}
"""For each access policy of the sandbox's world, the group that gives the like by RBAC."""

BACKENDS = {
    "API": (DYNAMIC_FILE,),
    "API_AND_CONFIG_MAP": (DYNAMIC_FILE, EKS_CONFIG_MAP),
    "CONFIG_MAP": (MOUNTED_FILE, EKS_CONFIG_MAP),
}
"""The authenticator's backends in the order of each authenticationMode; the mounted file has the creator alone."""

CREATOR = Entry(world.ACCOUNT.arn("iam", "user/admin"), "kubernetes-admin", ("system:masters",))

NO_WATCH_CACHE = "--watch-cache-sizes=configmaps#0"
"""A new watch of a quiet resource waits for etcd to tell how late it is, which etcd 3.5.1 may never do."""

RBAC = f"/apis/{RBAC_GROUP}/v1"
READ_EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}


class RealCluster:
    """The servers of a real cluster, which serve one test after another: each finds them as they were when new."""

    def __init__(self, folder, started):
        """What runs ends with the exit stack `started`."""
        self.sts = started.enter_context(serving(StsProxy(folder)))
        self.authenticator = Authenticator(
            folder / "authenticator",
            world.CLUSTER,
            mounted=[CREATOR],
            proxy=self.sts.url,
            trusted_ca=self.sts.ca_file,
        )
        # Without a cache of its own the webhook refuses nobody because of what was so a second ago.
        plane = ControlPlane(
            folder / "plane",
            authenticator=self.authenticator,
            webhook_cache_ttl="0s",
            api_server_flags=[NO_WATCH_CACHE],
        )
        self.plane = started.enter_context(plane)
        self._new = plane.etcd.read()

    def renew(self, mode):
        """Put everything back, and make the sandbox's world for a cluster in this authenticationMode."""
        self.authenticator.stop()
        self.plane.etcd.put_back(self._new)
        create_world(self.plane, mode)
        self.authenticator.write_entries(())
        self.authenticator.restart(BACKENDS[mode])


@contextmanager
def real_plane(cluster, folder, *, observed=False, mode="API"):
    """The sandbox of this real cluster in this authenticationMode, and what feeds its authenticator.

    If it is `observed`, the sandbox's observers are told of Kubernetes requests.
    """
    folder.mkdir()
    cluster.renew(mode)
    with ExitStack() as started:
        front = cluster.plane
        if observed:
            front = started.enter_context(serving(ObservingProxy(folder, front.url, front.ca_file)))
        endpoint = KubeEndpoint(front.url, front.ca_file.read_bytes())
        sandbox = started.enter_context(running_sandbox(folder / "sandbox", cluster=endpoint, authentication_mode=mode))
        if observed:
            front.observers = sandbox.observers
        feed = Feed(sandbox.cloud.entries, cluster.authenticator)
        cluster.sts.before, cluster.sts.aws_url = feed, sandbox.aws_url
        yield sandbox, feed


class Feed:
    """Gives the authenticator the access entries as they are now; called when it is about to ask who somebody is."""

    def __init__(self, entries, authenticator):
        self.entries = entries
        self.authenticator = authenticator
        self.fed = []
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            found = self.identities()
            if found != self.fed:
                self.authenticator.write_entries(found)
                self.fed = found

    def identities(self):
        """The entries that the cluster sees, but for those of nodes and of other accounts, as nobody here is either."""
        if self.entries.modes[world.CLUSTER] not in API_MODES:
            return []
        found = self.entries.list(world.CLUSTER)
        return [as_identity(entry) for entry in found if entry.type == STANDARD and entry.principal_id]

    def follow_mode(self):
        """Let the authenticator have the backends of the mode that the cluster has now."""
        with self.lock:
            self.authenticator.restart(BACKENDS[self.entries.modes[world.CLUSTER]])


def as_identity(entry):
    """An access entry in the authenticator's terms."""
    stand_ins = [ACCESS_POLICY_GROUPS[policy.name] for policy in entry.access_policies.values()]
    return Entry(entry.principal_arn, entry.username, (*entry.kube_groups, *stand_ins), entry.principal_id)


def create_world(plane, mode):
    """What the sandbox's cluster holds beside what every cluster is born with, and the rights of the readers."""
    store = Store()
    world.seed_kube(store, datetime.now(timezone.utc), mode)
    for name in world.NAMESPACES:
        create(plane, "/api/v1/namespaces", store.get(NAMESPACES, "", name))
    for binding in store.list(ROLE_BINDINGS):
        create(plane, f"{RBAC}/namespaces/{binding['metadata']['namespace']}/rolebindings", binding)
    for config_map in store.list(CONFIG_MAPS):
        create(plane, f"/api/v1/namespaces/{config_map['metadata']['namespace']}/configmaps", config_map)
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
