"""The access entries that a policy desires of a cluster, for somebody else's tool to make."""

from __future__ import annotations

from datetime import datetime

from kaccess.model.errors import KaccessError
from kaccess.model.policy import Backend, Cluster, Policy
from kaccess.model.state import Entry
from kaccess.policy.resolve import desired, groups_in_force
from kaccess.workflows.account import survey_account
from kaccess.workflows.backend import written_backend
from kaccess.workflows.people import known, left_out, only
from kaccess.workflows.ports import Adapters
from kaccess.workflows.survey import open_cluster


class NoEntries(KaccessError):
    """The entries of a cluster are not known as a whole, or are no access entries."""


def desired_entries(policy: Policy, cluster: Cluster, adapters: Adapters, now: datetime) -> tuple[Entry, ...]:
    """The entries, sorted by principal. Reads the cluster's authenticationMode and IAM, and nothing in the cluster.

    Raises:
        NoEntries: the people of some group are not known: whoever applied the rest would take their entries away.
        KaccessError: AWS did not answer.
    """
    opened = open_cluster(cluster, adapters)
    backend = written_backend(cluster, opened.info)
    if backend is not Backend.ACCESS_ENTRIES:
        raise NoEntries(
            f"cluster {cluster.alias} keeps its entries in aws-auth; move them with `kaccess migrate` first"
        )
    people = only(survey_account(policy, [opened], now).people, groups_in_force(policy, cluster, now))
    unknown = left_out(people)
    if unknown:
        raise NoEntries("\n".join(f"{cluster.alias}: {skipped}; nothing was rendered" for skipped in unknown.values()))
    namespaces = {name: dict(declared.labels) for name, declared in policy.namespaces.items()}
    found = desired(policy, cluster, backend=backend, namespaces=namespaces, members=known(people), now=now)
    return tuple(found.state.all(Entry))
