"""`kaccess doctor`: where the way to one's namespaces breaks, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path

import click

from kaccess.cli import completion
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.cli.targets import Targets, config_option
from kaccess.credentials import keyring_store
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.model.errors import DONE, FAILED, KaccessError
from kaccess.report.doctor import doctor_json, doctor_line
from kaccess.workflows.doctor import Answer, Chain, Check, Checked, Outcome, examine
from kaccess.workflows.doctor_local import local_checks
from kaccess.workflows.doctor_remote import ClusterChecks, account_checks


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=completion.own_clusters)
@config_option
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...], config: Path | None) -> int:
    """Find out why something does not work.

    Looks, without changing anything, at the clock, credentials and region; at the endpoint, DNS, TLS, entry, groups and
    bindings of each cluster; and at the keyring, the kubeconfig and its plugin. Each line is ok, a warning or a failure
    with what to do next. Exits with 1 if there is any failure.
    """
    found = []
    for checked in _examined(session, clusters, config):
        found.append(checked)
        if not session.json:
            click.echo(doctor_line(checked))
    failed = any(each.outcome is Outcome.FAILURE for each in found)
    return session.result("Diagnosis", "", doctor_json(found), exit_code=FAILED if failed else DONE)


def _examined(session: Session, names: Iterable[str], config: Path | None) -> Iterator[Checked]:
    local = local_checks(keyring_store.read, kubeconfig_paths(os.environ, Path.home()), os.environ)
    account = account_checks(_Account(session), utc_now)
    return examine(chain(account, _cluster_chains(session, names, config), local))


def _cluster_chains(session: Session, names: Iterable[str], config: Path | None) -> Iterator[Chain]:
    from kaccess.kube import reach  # noqa: PLC0415 - urllib3 loads slowly

    try:
        targets = Targets(session, config)
        chosen = targets.chosen(names)
    except KaccessError as error:
        yield (Check("clusters", partial(_failing, error)),)
        return
    for asked in chosen:
        yield ClusterChecks(asked.target, partial(targets.credentials, asked), reach).chain()


def _failing(error: KaccessError) -> Answer:
    raise error


class _Account:
    """AWS, as the doctor looks at it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def caller(self) -> str:
        return self._session.aws.caller().arn

    def expires_at(self) -> datetime | None:
        return self._session.aws.keys().expires_at

    def aws_time(self) -> datetime | None:
        from kaccess.aws.clock import aws_time  # noqa: PLC0415 - botocore loads slowly

        return aws_time(self._session.aws)

    def region(self) -> str | None:
        return self._session.aws.region
