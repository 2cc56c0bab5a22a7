"""The whole of a cluster's RBAC, for audits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from kaccess.audit.inventory import Inventory
from kaccess.kube.lists import read_list
from kaccess.kube.manifests import binding_from, is_owned, role_from
from kaccess.kube.resources import RBAC
from kaccess.kube.transport import Json, Transport
from kaccess.model.state import Binding, KubeRole
from kaccess.rbac.aggregate import ClusterRole

Item = TypeVar("Item", KubeRole, Binding)


def read_inventory(transport: Transport) -> Inventory:
    """All roles and bindings, cluster-wide ones too, whoever owns them.

    Raises:
        KubeError: one of the four lists could not be read.
    """
    with ThreadPoolExecutor(4) as pool:
        roles = pool.submit(read_list, transport, f"{RBAC}/roles", _marked(role_from))
        cluster_roles = pool.submit(read_list, transport, f"{RBAC}/clusterroles", ClusterRole.from_json)
        bindings = pool.submit(read_list, transport, f"{RBAC}/rolebindings", _marked(binding_from))
        cluster_wide = pool.submit(read_list, transport, f"{RBAC}/clusterrolebindings", binding_from)
        owned = [role.key for role, is_ours in roles.result() if is_ours]
        owned += [binding.key for binding, is_ours in bindings.result() if is_ours]
        return Inventory(
            tuple(role for role, _ in roles.result()),
            cluster_roles.result(),
            (*cluster_wide.result(), *(binding for binding, _ in bindings.result())),
            frozenset(owned),
        )


def _marked(convert: Callable[[Json], Item]) -> Callable[[Json], tuple[Item, bool]]:
    return lambda manifest: (convert(manifest), is_owned(manifest))
