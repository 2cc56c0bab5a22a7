"""The sandbox's API server beside the real one, and the same steps sent to both."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeAlias

from kaccess.sandbox.certificates import Authority
from kaccess.sandbox.kube.app import create_app
from kaccess.sandbox.kube.authorize import UserInfo
from kaccess.sandbox.kube.seed import seed
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.listeners import KubeListener

from .client import Answer, Client
from .process import LOOPBACK
from .servers import ADMIN, ControlPlane

Memory: TypeAlias = dict[str, Any]
"""The bodies of earlier answers of one server, by the name they are kept under."""
Body: TypeAlias = "object | Callable[[Memory], object]"

NOBODY = ""
RITA = "rita"
"""The restricted user, who is in the group `restricted`."""


@dataclass(frozen=True)
class Step:
    """One request. What depends on earlier answers is a function of them; `keep` remembers an answer for those."""

    name: str
    method: str
    path: str | Callable[[Memory], str]
    body: Body = None
    user: str = ADMIN
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""


def play(client: Client, steps: Iterable[Step]) -> dict[str, Answer]:
    """The answers of one server, by the names of the steps."""
    memory: Memory = {}
    answers: dict[str, Answer] = {}
    for step in steps:
        assert step.name not in answers, f"two steps are called {step.name}"
        body = step.body(memory) if callable(step.body) else step.body
        path = step.path(memory) if callable(step.path) else step.path
        answer = client.request(step.method, path, body, {**_as(step.user), **step.headers})
        answers[step.name] = answer
        if step.keep:
            memory[step.keep] = answer.body
    return answers


def _as(user: str) -> dict[str, str]:
    if user == ADMIN:
        return {}
    return {"Impersonate-User": user, "Impersonate-Group": "restricted"} if user else {"Authorization": ""}


@contextlib.contextmanager
def sandbox(folder: pathlib.Path, plane: ControlPlane) -> Iterator[Client]:
    """A sandbox whose administrator has the token of the real server's."""

    def authenticate(token: str) -> UserInfo | None:
        return UserInfo(ADMIN, ADMIN, ("system:masters",)) if token == plane.admin_token else None

    store = Store()
    seed(store, _now())
    pair = Authority(folder, "sandbox-ca", _now()).issue("sandbox", (LOOPBACK,))
    listener = KubeListener()
    listener.start(create_app(store, authenticate, now=_now), pair.certificate, pair.key)
    try:
        with Client.of(plane, listener.url, pair.authority) as client:
            yield client
    finally:
        listener.stop()


def _now() -> datetime:
    return datetime.now(timezone.utc)
