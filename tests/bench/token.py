"""How long a token takes, beside Python's own start and the AWS CLI: `python -m tests.bench.token --aws PROGRAM`.

Every kubectl call waits for its token. Seconds depend on the machine and on what else it does, so the claims are
ratios within one run, all programs in turn. Limits in milliseconds are meant where Python starts in 12, and are held
in starts of Python. Exit code 1: something falls short.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tabulate import tabulate

from kaccess.sandbox import world
from kaccess.sandbox.server import Sandbox, running_sandbox

from .token_race import Claim, Runner, race

ROUNDS = 15
START = 12.0
"""Milliseconds in which Python starts where the limits in milliseconds were set."""

KACCESS = str(Path(sys.executable).with_name("kaccess"))
TOKEN = ("token", "--cluster", world.CLUSTER, "--region", world.ACCOUNT.region)
GET_TOKEN = ("eks", "get-token", "--cluster-name", world.CLUSTER, "--region", world.ACCOUNT.region)
GET_PODS = ("get", "pods", "--namespace", "staging")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.token", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--aws", default=shutil.which("aws"), help="the AWS CLI to compare with")
    parser.add_argument("--kubectl", default=shutil.which("kubectl"), help="the kubectl that waits for tokens")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each program; the medians count")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_sandbox(Path(name, "sandbox")) as sandbox:
        environ = _environ(sandbox, Path(name))
        claims = [
            *tokens(environ, options.aws, options.rounds),
            *waiting(sandbox, environ, options.kubectl, options.rounds),
        ]
    sys.stdout.write(tabulate([claim.row() for claim in claims], ("claim", "found", "limit", "holds")) + "\n")
    return 0 if all(claim.holds for claim in claims) else 1


def tokens(environ: dict[str, str], aws: str, rounds: int) -> list[Claim]:
    """A token from the cache and one that is signed, beside a bare start of Python and `aws eks get-token`."""
    cold = {**environ, "XDG_CACHE_HOME": f"{environ['HOME']}/cold"}
    bare = Runner((sys.executable, "-c", "pass"), environ)
    hit = Runner((KACCESS, *TOKEN), environ)
    miss = Runner((KACCESS, *TOKEN), cold, lambda: shutil.rmtree(cold["XDG_CACHE_HOME"], ignore_errors=True))
    shown = Runner((KACCESS, "--help"), environ)
    theirs = Runner((aws, *GET_TOKEN), environ)
    race((bare, hit), 3 * rounds)
    claims = [Claim(f"hit, in starts of Python ({bare.median * 1000:.0f} ms)", hit.times(bare), 1.3, at_most=True)]
    slow = bare, hit, miss, shown, theirs
    for runner in slow:
        runner.seconds.clear()
    race(slow, rounds)
    return [
        *claims,
        Claim(f"aws eks get-token ({theirs.median * 1000:.0f} ms), in hits", theirs.times(hit), 20, at_most=False),
        Claim("aws eks get-token, in misses with static keys", theirs.times(miss), 4, at_most=False),
        Claim("kaccess --help, in starts of Python", shown.times(bare), 120 / START, at_most=True),
    ]


def waiting(sandbox: Sandbox, environ: dict[str, str], kubectl: str, rounds: int) -> list[Claim]:
    """`kubectl get pods` through the plugin on a hit, beside the same with the token in its file."""
    folder = Path(environ["HOME"])
    token = json.loads(subprocess.check_output((KACCESS, *TOKEN), env=environ))["status"]["token"]
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": KACCESS,
        "args": list(TOKEN),
        "interactiveMode": "IfAvailable",
    }
    bare = Runner((sys.executable, "-c", "pass"), environ)
    static, through = (
        Runner((kubectl, f"--kubeconfig={_kubeconfig(sandbox, folder / name, user)}", *GET_PODS), environ)
        for name, user in (("static", {"token": token}), ("plugin", {"exec": plugin}))
    )
    race((bare, static, through), rounds)
    added = through.median - static.median
    what = f"added to kubectl get pods ({static.median * 1000:.0f} ms; {added * 1000:.0f} ms), in starts of Python"
    return [Claim(what, added / bare.median, 25 / START, at_most=True)]


def _environ(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """That of an administrator with plain keys and an empty home; the AWS CLI's, too."""
    key, secret = sandbox.keys["admin"]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _kubeconfig(sandbox: Sandbox, path: Path, user: dict[str, object]) -> Path:
    ca_data = base64.b64encode(sandbox.address.ca_file.read_bytes()).decode()
    cluster = {"server": sandbox.kube_url, "certificate-authority-data": ca_data}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "current-context": "here",
    }
    path.write_text(json.dumps(config))
    return path


if __name__ == "__main__":
    sys.exit(main())
