"""All that a cluster holds, read from etcd and put back past the API server: as it was before a test, in moments."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from .process import request
from .support import wait_until

State = Mapping[str, str]
"""Key and value of each object, in the base64 that etcd's JSON speaks."""

FIRST, PAST = b"/registry/", b"/registry0"
TRANSIENT = (b"/registry/events/", b"/registry/leases/", b"/registry/masterleases/")
"""What servers write for themselves and etcd takes away by itself."""


class Etcd:
    """The etcd that answers on this port of loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    def read(self) -> State:
        """Every object, but those that only pass."""
        answer = self._ask("range", key=b64encode(FIRST).decode(), range_end=b64encode(PAST).decode())
        pairs = ((pair["key"], pair["value"]) for pair in answer["kvs"])
        return {key: value for key, value in pairs if not b64decode(key).startswith(TRANSIENT)}

    def put_back(self, state: State) -> None:
        """Take away what has come since, and write again what has changed, until controllers have no more to say."""
        wait_until(lambda: self._is_back(state))

    def _is_back(self, state: State) -> bool:
        found = self.read()
        for key in found.keys() - state.keys():
            self._ask("deleterange", key=key)
        for key, value in state.items():
            if found.get(key) != value:
                self._ask("put", key=key, value=value)
        return found == state

    def _ask(self, what: str, **body: str) -> Any:
        headers = {"Content-Type": "application/json"}
        payload = json.dumps(body).encode()
        status, text = request(self._port, f"/v3/kv/{what}", method="POST", body=payload, headers=headers)
        assert status == 200, text
        return json.loads(text)
