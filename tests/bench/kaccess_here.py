"""kaccess's own command line, in an account in memory and on the control plane of a folder.

Run as `python -m tests.bench.kaccess_here FOLDER COMMAND...`; the folder holds the plane's admin.kubeconfig.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from kaccess.cli.main import run
from kaccess.cli.session import Session
from kaccess.kube.api import KubeApi
from kaccess.model.identity import ClusterInfo
from kaccess.workflows.ports import Adapters

from .account import Account


def main(folder: Path, argv: list[str]) -> int:
    config = json.loads((folder / "admin.kubeconfig").read_text())
    server, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
    ca_data = base64.b64encode(Path(server["certificate-authority"]).read_bytes()).decode()
    account = Account(folder / "entries.json", server["server"], ca_data)

    def adapters(session: Session, _cluster: object = None) -> Adapters:
        def connect(info: ClusterInfo) -> KubeApi:
            return session.opened.enter_context(KubeApi(info.endpoint, info.ca_data, lambda: token))

        return Adapters(account, account, lambda _region: account, connect)

    # The one place where the command line meets AWS; all else is as it is shipped.
    Session.adapters = adapters  # type: ignore[method-assign,assignment]
    Session.adapters_for = adapters  # type: ignore[method-assign,assignment]
    code = run(argv)
    account.save()
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
