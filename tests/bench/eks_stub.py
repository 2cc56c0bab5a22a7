"""EKS's access entries from memory over HTTP, as fast as Python answers: AWS takes longer for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from kaccess.model.names import MANAGED_BY, OWNER
from kaccess.model.state import Entry
from tests.http_server import HttpServer

PAGE = 100
"""What EKS gives at once."""


@contextmanager
def serve(entries: Iterable[Entry]) -> Iterator[str]:
    """The URL of a running stub that holds these entries."""
    known = {entry.principal: _described(entry) for entry in entries}
    names = list(known)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            _, _, principal = unquote(url.path).partition("/access-entries/")
            if principal:
                body = known[principal]
            elif url.path == "/access-policies":
                body = b'{"accessPolicies": []}'
            else:
                body = _page(names, int(parse_qs(url.query).get("nextToken", ["0"])[0]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HttpServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _page(names: list[str], start: int) -> bytes:
    page: dict[str, Any] = {"accessEntries": names[start : start + PAGE]}
    more = {"nextToken": str(start + PAGE)} if start + PAGE < len(names) else {}
    return json.dumps(page | more).encode()


def _described(entry: Entry) -> bytes:
    described = {
        "clusterName": "big-eks",
        "principalArn": entry.principal,
        "kubernetesGroups": list(entry.kube_groups),
        "accessEntryArn": f"{entry.principal}/entry",
        "createdAt": 1_767_323_045,
        "modifiedAt": 1_767_323_045,
        "tags": {MANAGED_BY: OWNER},
        "username": entry.username,
        "type": "STANDARD",
    }
    return json.dumps({"accessEntry": described}).encode()
