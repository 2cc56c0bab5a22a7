"""A Lease: of several who want to do the same work, one does it. The protocol is client-go's leader election."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import quote

from kaccess.kube.errors import Conflict, NotFound
from kaccess.kube.transport import Json, Transport

_ROOT: Final = "/apis/coordination.k8s.io/v1"


class Lease:
    """One Lease object as one contender sees it. For one thread; the contender keeps it between its attempts.

    Clocks of contenders may differ: what is compared with `seconds` is the time that has passed here since the lease
    was last seen to change, never the time that is written in it.
    """

    def __init__(self, transport: Transport, namespace: str, name: str) -> None:
        """Asks nothing yet."""
        self._transport = transport
        self._namespace, self._name = namespace, name
        self._collection = f"{_ROOT}/namespaces/{quote(namespace, safe='')}/leases"
        self._path = f"{self._collection}/{quote(name, safe='')}"
        self._seen: Json = {}
        self._seen_at = datetime.min.replace(tzinfo=timezone.utc)

    def acquire_or_renew(self, holder: str, seconds: int, now: datetime) -> bool:
        """Whether `holder` has the lease for `seconds` from `now` (aware).

        A contender that took it in the same moment is no error: then the answer is False, and so it is while another
        holder's lease runs. Ask again every few seconds, a holder well before its own lease ends.

        Raises:
            KubeError: the API server did not answer; a holder whose last lease has ended has it no more.
        """
        live = self._read()
        try:
            if live is None:
                spec = _spec({}, holder, seconds, now)
                self._observe(self._call("POST", self._collection, "create", self._manifest(spec)), now)
                return True
            self._observe(live, now)
            if self._holder() not in {"", holder} and self._runs(now):
                return False
            spec = _spec(self._seen, holder, seconds, now)
            self._observe(self._call("PUT", self._path, "update", {**live, "spec": spec}), now)
        except Conflict:
            return False
        return True

    def release(self, holder: str) -> None:
        """Let the next contender have it at once; nothing happens if `holder` has it no more.

        Raises:
            KubeError: the API server did not answer; the lease then ends by itself.
        """
        live = self._read()
        if live is None or (live.get("spec") or {}).get("holderIdentity") != holder:
            return
        spec = {**live["spec"], "holderIdentity": None, "leaseDurationSeconds": 1}
        try:
            self._call("PUT", self._path, "release", {**live, "spec": spec})
        except Conflict:
            return

    def _holder(self) -> str:
        return self._seen.get("holderIdentity") or ""

    def _runs(self, now: datetime) -> bool:
        return now < self._seen_at + timedelta(seconds=self._seen.get("leaseDurationSeconds") or 0)

    def _observe(self, live: Json, now: datetime) -> None:
        spec = live.get("spec") or {}
        if spec != self._seen:
            self._seen, self._seen_at = spec, now

    def _read(self) -> Json | None:
        try:
            return self._transport.call("GET", self._path, f"read {self}", repeatable=True)
        except NotFound:
            return None

    def _call(self, method: str, path: str, verb: str, body: Json) -> Json:
        return self._transport.call(method, path, f"{verb} {self}", body=body, query={"fieldManager": "kaccess"})

    def _manifest(self, spec: Json) -> Json:
        metadata = {"name": self._name, "namespace": self._namespace}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}

    def __str__(self) -> str:
        return f"lease {self._namespace}/{self._name}"


def _spec(seen: Json, holder: str, seconds: int, now: datetime) -> Json:
    """What the lease says while `holder` has it; a new holder is counted, unknown fields stay."""
    at = now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")  # Kubernetes' MicroTime
    held = {"holderIdentity": holder, "leaseDurationSeconds": seconds, "renewTime": at}
    if seen.get("holderIdentity") == holder:
        return {**seen, **held}
    transitions = int(seen.get("leaseTransitions") or 0)
    return {**seen, **held, "acquireTime": at, "leaseTransitions": transitions + 1 if seen else 0}
