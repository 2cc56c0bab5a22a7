"""The whole of a cluster's RBAC, for audits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from kaccess.kube.lists import read_list
from kaccess.kube.manifests import binding_from, role_from
from kaccess.kube.resources import RBAC
from kaccess.kube.transport import Transport
from kaccess.rbac.authorizer import RbacObjects


def read_rbac_objects(transport: Transport) -> RbacObjects:
    """All roles and bindings, cluster-wide ones too, whoever owns them.

    Raises:
        KubeError: one of the four lists could not be read.
    """
    with ThreadPoolExecutor(4) as pool:
        roles = pool.submit(read_list, transport, f"{RBAC}/roles", role_from)
        cluster_roles = pool.submit(read_list, transport, f"{RBAC}/clusterroles", role_from)
        bindings = pool.submit(read_list, transport, f"{RBAC}/rolebindings", binding_from)
        cluster_wide = pool.submit(read_list, transport, f"{RBAC}/clusterrolebindings", binding_from)
        return RbacObjects(
            {(role.namespace, role.name): role.rules for role in roles.result()},
            {role.name: role.rules for role in cluster_roles.result()},
            (*cluster_wide.result(), *bindings.result()),
        )
