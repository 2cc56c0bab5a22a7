"""How long a login takes, beside the AWS CLI's: `python -m tests.bench.login --aws PROGRAM`.

`aws eks update-kubeconfig` writes one entry and proves nothing; `kaccess login` proves three namespaces of a cluster
and writes a context for each. Seconds depend on the machine, so the claim is a ratio within one run. Exit code 1: it
does not hold.
"""

from __future__ import annotations

import argparse
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
KACCESS = str(Path(sys.executable).with_name("kaccess"))
UPDATE = ("eks", "update-kubeconfig", "--name", world.CLUSTER, "--region", world.ACCOUNT.region)
POLICY = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters: {cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}}
namespaces: {development: {create: true}, staging: {}, production: {}}
roles: {viewer: {cluster_role: view}}
grants:
  - {group: payments-developers, role: viewer, namespaces: [development, staging, production]}
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.login", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--aws", default=shutil.which("aws"), help="the AWS CLI to compare with")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each program; the medians count")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_sandbox(Path(name, "sandbox")) as sandbox:
        claim = login(sandbox, Path(name), options.aws, options.rounds)
    sys.stdout.write(tabulate([claim.row()], ("claim", "found", "limit", "holds")) + "\n")
    return 0 if claim.holds else 1


def login(sandbox: Sandbox, folder: Path, aws: str, rounds: int) -> Claim:
    """A developer's login, as the policy grants it, beside the AWS CLI's, for the same cluster and person."""
    os.chdir(folder)  # where there is no policy: developers have none
    Path(folder, "policy.yaml").write_text(POLICY)
    apply = (KACCESS, "apply", "--yes", "--policy", f"{folder}/policy.yaml")
    subprocess.run(apply, env=_environ(sandbox, folder, "admin"), check=True, capture_output=True)
    environ = _environ(sandbox, folder, "ben")
    ours = Runner((KACCESS, "login", world.CLUSTER), environ)
    theirs = Runner((aws, *UPDATE, "--kubeconfig", f"{folder}/theirs"), environ)
    race((ours, theirs), rounds)
    what = f"kaccess login ({ours.median * 1000:.0f} ms), in times of aws eks update-kubeconfig"
    return Claim(what, ours.times(theirs), 1.0, at_most=True)


def _environ(sandbox: Sandbox, folder: Path, person: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "KUBECONFIG": str(folder / "ours"),
        **sandbox.environment(person),
    }


if __name__ == "__main__":
    sys.exit(main())
