"""The room's front door: one cluster's API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeVar

from kaccess.kube import reviews
from kaccess.kube.errors import Forbidden, NotFound
from kaccess.kube.lists import read_list
from kaccess.kube.manifests import KubeItem, card_from, from_manifest, namespace_from
from kaccess.kube.resources import collection_path, object_path
from kaccess.kube.transport import CONNECTIONS, Json, Transport
from kaccess.model.identity import KubeIdentity
from kaccess.model.names import MANAGED_BY, OWNER, SYSTEM_NAMESPACE, card_name
from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import AwsAuth, Card, Entry, Item, Key, Namespace
from kaccess.rbac.request import Request

if TYPE_CHECKING:
    from kaccess.audit.inventory import Inventory
    from kaccess.kube.aws_auth.config_map import ConfigMaps
    from kaccess.kube.aws_auth.restore import Restoration
    from kaccess.kube.leases import Lease

_OURS: Final = {"labelSelector": f"{MANAGED_BY}={OWNER}"}
_OWNED_KINDS: Final = ("role", "binding", "card")

A = TypeVar("A")
B = TypeVar("B")


class KubeApi:
    """What kaccess reads and writes in one cluster. Safe to share between threads; close it, or use it with `with`.

    Every method raises one of `kaccess.kube.errors` when the server does not answer as asked.
    """

    def __init__(
        self, endpoint: str, ca_data: str, token: Callable[[], str], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Opens no connection yet.

        Args:
            endpoint: `https://...`, as EKS names it.
            ca_data: the base64 of the PEM bundle that the server's certificate must descend from.
            token: gives a bearer token that is good now; asked again when the server refuses the last one.
            sleep: waits that many seconds between attempts.
        """
        self._transport = Transport(endpoint, ca_data, token, sleep=sleep)
        self._config_maps: ConfigMaps | None = None
        self._making = Lock()

    def __enter__(self) -> KubeApi:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def identity(self) -> KubeIdentity:
        """The user name and groups the API server knows the caller by."""
        return reviews.identity(self._transport)

    def allowed(self, request: Request) -> bool:
        """Whether the API server would let the caller make `request`."""
        return reviews.allowed(self._transport, request)

    def allowed_each(self, requests: Iterable[Request]) -> tuple[bool, ...]:
        """`allowed` for each request, in their order, asked side by side."""
        return _side_by_side(self.allowed, requests)

    def namespaces(self) -> tuple[Namespace, ...]:
        """All namespaces, owned or not."""
        return read_list(self._transport, collection_path("namespace"), namespace_from)

    def owned(self) -> frozenset[Item]:
        """The Roles, RoleBindings and cards that carry our label, in all namespaces."""
        return frozenset(item for items in _side_by_side(self._owned, _OWNED_KINDS) for item in items)

    def service_accounts(self) -> tuple[str, ...]:
        """All service accounts, as `NAMESPACE/NAME`."""
        return read_list(self._transport, collection_path("service-account"), _place_and_name)

    def inventory(self) -> Inventory:
        """All roles and bindings, cluster-wide ones too: what the API server's RBAC authorizer goes by."""
        from kaccess.kube.inventory import read_inventory  # noqa: PLC0415 - a login loads what it needs, and no more

        return read_inventory(self._transport)

    def cards(self, groups: Iterable[str]) -> tuple[Card, ...]:
        """The cards of those of the policy groups `groups` that have one the caller may read."""
        return tuple(card for card in _side_by_side(self._card, groups) if card is not None)

    def write(self, change: Change) -> None:
        """Make one change to a Kubernetes object, or to a row of aws-auth.

        For the errors see `kaccess.kube.writes.write`, for those of a row `kaccess.kube.aws_auth.config_map`.
        """
        item = change.item
        if isinstance(item, Entry) and item.backend is Backend.AWS_AUTH:
            self._aws_auth.write(change)
        else:
            from kaccess.kube import writes  # noqa: PLC0415 - as above

            writes.write(self._transport, change)

    def aws_auth(self) -> AwsAuth:
        """What the aws-auth ConfigMap says, as aws-iam-authenticator reads it; nothing if there is none."""
        return self._aws_auth.read()

    def aws_auth_restoration(self) -> Restoration:
        """What `restore_aws_auth` would change; see `kaccess.kube.aws_auth.restore.restoration` for its errors."""
        from kaccess.kube.aws_auth import restore  # noqa: PLC0415 - as above

        return restore.restoration(self._aws_auth)

    def restore_aws_auth(self, restoration: Restoration) -> None:
        """Write the backup of aws-auth back; `Conflict` if aws-auth changed since the two were compared."""
        from kaccess.kube.aws_auth import restore  # noqa: PLC0415 - as above

        restore.restore(self._aws_auth, restoration)

    def lease(self, namespace: str, name: str) -> Lease:
        """A Lease by which contenders agree on one of them; asks the server nothing yet."""
        from kaccess.kube.leases import Lease  # noqa: PLC0415 - as above

        return Lease(self._transport, namespace, name)

    @property
    def _aws_auth(self) -> ConfigMaps:
        from kaccess.kube.aws_auth.config_map import ConfigMaps  # noqa: PLC0415 - as above

        with self._making:  # one for all threads: its writes wait for one another
            if self._config_maps is None:
                self._config_maps = ConfigMaps(self._transport)
            return self._config_maps

    def _owned(self, kind: str) -> tuple[KubeItem, ...]:
        # The directory lives in one namespace; asking for ConfigMaps there alone spares a right to read all of them.
        path = collection_path(kind, SYSTEM_NAMESPACE if kind == "card" else "")
        return read_list(self._transport, path, lambda manifest: from_manifest(kind, manifest), _OURS)

    def _card(self, group: str) -> Card | None:
        key = Key("card", SYSTEM_NAMESPACE, card_name(group))
        try:
            return card_from(self._transport.call("GET", object_path(key), f"read {key}", repeatable=True))
        except (NotFound, Forbidden):
            return None


def _place_and_name(manifest: Json) -> str:
    return f"{manifest['metadata']['namespace']}/{manifest['metadata']['name']}"


def _side_by_side(ask: Callable[[A], B], values: Iterable[A]) -> tuple[B, ...]:
    """`ask` of each value, in their order; the first error stops what has not begun."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        answers = tuple(pool.map(ask, values))
    except BaseException as error:
        # Whoever presses Ctrl-C does not wait for what is under way.
        pool.shutdown(wait=not isinstance(error, KeyboardInterrupt), cancel_futures=True)
        raise
    pool.shutdown()
    return answers
