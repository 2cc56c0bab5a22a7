"""The ConfigMap in the cluster: read, one row changed under the version that was read, and a backup before that."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import Final

from kaccess.kube.aws_auth.change import row_change
from kaccess.kube.aws_auth.document import Document
from kaccess.kube.aws_auth.proof import edited
from kaccess.kube.errors import Conflict, NotFound
from kaccess.kube.resources import collection_path
from kaccess.kube.transport import Json, Transport
from kaccess.model.names import AWS_AUTH, AWS_AUTH_BACKUP, KUBE_SYSTEM
from kaccess.model.plan import Change
from kaccess.model.state import AwsAuth

_COLLECTION: Final = collection_path("card", KUBE_SYSTEM)
_ATTEMPTS: Final = 10
_MANAGER: Final = {"fieldManager": "kaccess"}


class ConfigMaps:
    """aws-auth and its backup in one cluster. Safe to share between threads, whose writes wait for one another."""

    def __init__(self, transport: Transport) -> None:
        """Asks nothing yet."""
        self._transport = transport
        self._lock = Lock()
        self._is_backed_up = False

    def read(self) -> AwsAuth:
        """What aws-auth says; nothing if there is none.

        Every run reads before it writes, also one of a process that runs again and again, so the next write backs up.

        Raises:
            Unreadable: it is not what it should be.
            KubeError: it was not told.
        """
        self._is_backed_up = False
        return Document.read(data_of(self.get(AWS_AUTH))).aws_auth()

    def write(self, change: Change) -> None:
        """Make one change to a row.

        Raises:
            Conflict: the principal's row is not what the plan saw, or others write all the time; planning again helps.
            Refused: kaccess makes no such change, or cannot make it without touching what is not its own.
            Unreadable: the file is not what it should be.
            KubeError: it was not done, or (Unreachable) perhaps done; running again finishes it.
        """
        wanted = row_change(change)
        with self._lock:
            for attempt in range(_ATTEMPTS):
                live = self.get(AWS_AUTH)
                document = Document.read(data_of(live))
                data = edited(document, wanted)
                if data is document.data:
                    return
                self._back_up(live)
                try:
                    self.put(AWS_AUTH, live, data)
                except Conflict:
                    if attempt == _ATTEMPTS - 1:
                        raise
                else:
                    return

    def get(self, name: str) -> Json | None:
        """One of the two ConfigMaps as it is; None if it is not there."""
        try:
            return self._transport.call(
                "GET", f"{_COLLECTION}/{name}", f"read ConfigMap {KUBE_SYSTEM}/{name}", repeatable=True
            )
        except NotFound:
            return None

    def put(self, name: str, live: Json | None, data: Mapping[str, str]) -> None:
        """Write the data of one of them under the version that was read; None: make it.

        Raises:
            Conflict: someone changed or made it in the same moment.
            KubeError: it was not done, or perhaps done.
        """
        what = f"write ConfigMap {KUBE_SYSTEM}/{name}"
        if live is None:
            metadata = {"name": name, "namespace": KUBE_SYSTEM}
            body: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}
            self._transport.call("POST", _COLLECTION, what, body=body, query=_MANAGER)
        else:
            body = {**live, "data": dict(data)}
            self._transport.call("PUT", f"{_COLLECTION}/{name}", what, body=body, query=_MANAGER)

    def back_up(self, data: Mapping[str, str]) -> None:
        """Keep this data in the backup ConfigMap. One that another run wrote in the same moment is as good."""
        kept = self.get(AWS_AUTH_BACKUP)
        if kept is None or data_of(kept) != data:
            with suppress(Conflict):
                self.put(AWS_AUTH_BACKUP, kept, data)

    def _back_up(self, live: Json | None) -> None:
        if live is not None and not self._is_backed_up:
            self.back_up(data_of(live))
        self._is_backed_up = True


def data_of(live: Json | None) -> dict[str, str]:
    """The data of a ConfigMap as it is in the cluster."""
    return (live or {}).get("data") or {}
