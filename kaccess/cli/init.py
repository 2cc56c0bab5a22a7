"""`kaccess init`: a first policy to start from."""

from __future__ import annotations

from pathlib import Path

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.policy import Cluster
from kaccess.policy.shapes import wrong_alias, wrong_cluster
from kaccess.policy.starter import starter_policy


@click.command()
@click.option("--cluster", required=True, metavar="[ALIAS=]NAME", help="The EKS cluster, and how to call it here.")
@click.argument("path", default="kaccess.yaml", type=click.Path(path_type=Path, dir_okay=False))
@common_options
@click.pass_obj
def command(session: Session, cluster: str, path: Path) -> int:
    """Write a first policy for a cluster.

    Writes roles to choose from, namespaces, and no grant yet to PATH (kaccess.yaml if not given).
    """
    alias, _, name = cluster.rpartition("=")
    if problem := wrong_cluster(name) or wrong_alias(alias or name):
        raise Usage(problem)
    region = session.required_region()
    arn = Arn.parse(session.adapters().eks(region).cluster(name).arn)
    text = starter_policy(Cluster(alias or name, name, region, arn.account))
    _write_new(path, text)
    next_steps = f"wrote {path}; next: kaccess validate, then kaccess grant GROUP --role ROLE -n NAMESPACE"
    return session.result("Init", next_steps, {"path": str(path)})


def _write_new(path: Path, text: str) -> None:
    try:
        file = path.open("x", encoding="utf-8")
    except FileExistsError:
        raise Usage(f"{path} is there already; kaccess does not overwrite it; choose another path") from None
    except OSError as error:
        raise Usage(f"{path}: {error.strerror}; choose another path") from error
    try:
        with file:
            file.write(text)
    except OSError as error:
        path.unlink()
        raise Usage(f"{path}: {error.strerror}; choose another path") from error
