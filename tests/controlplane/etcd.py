"""All that a cluster holds, read from etcd and put back past the API server: as it was before a test, in moments."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from .process import request

State = Mapping[str, str]
"""Key and value of each object, in the base64 that etcd's JSON speaks."""

FIRST, PAST = "/registry/", "/registry0"
TRANSIENT = ("/registry/events/", "/registry/leases/", "/registry/masterleases/")
"""What servers write for themselves and etcd takes away by itself."""


class Etcd:
    """The etcd that answers on this port of loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    def read(self) -> State:
        """Every object, but those that only pass."""
        answer = self._ask("range", key=_encoded(FIRST), range_end=_encoded(PAST))
        passing = tuple(_encoded(prefix, whole=True) for prefix in TRANSIENT)
        return {pair["key"]: pair["value"] for pair in answer["kvs"] if not pair["key"].startswith(passing)}

    def put_back(self, state: State) -> None:
        """Take away what has come since, and write again what has changed, until controllers have no more to say."""
        while (found := self.read()) != state:
            for key in found.keys() - state.keys():
                self._ask("deleterange", key=key)
            for key, value in state.items():
                if found.get(key) != value:
                    self._ask("put", key=key, value=value)

    def _ask(self, what: str, **body: str) -> Any:
        headers = {"Content-Type": "application/json"}
        payload = json.dumps(body).encode()
        status, text = request(self._port, f"/v3/kv/{what}", method="POST", body=payload, headers=headers)
        assert status == 200, text
        return json.loads(text)


def _encoded(text: str, *, whole: bool = False) -> str:
    """Base64; of a prefix, the `whole` groups of three bytes, with which every longer text begins in base64 as well."""
    data = text.encode()
    return b64encode(data[: len(data) // 3 * 3] if whole else data).decode()
