"""Adapters for a process that lasts: connections are opened once, not once a round, and each cluster has its Lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from kaccess.cli.session import Session
from kaccess.model.identity import ClusterInfo
from kaccess.model.names import RECONCILER, SYSTEM_NAMESPACE
from kaccess.model.policy import Cluster
from kaccess.workflows.ports import Adapters, Kube, Lease


class LastingAdapters:
    """The outside world of a reconciler. Safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._kept: dict[Cluster, Adapters] = {}

    def adapters(self, cluster: Cluster) -> Adapters:
        """The same adapters for the same cluster, whose `connect` gives the same connection for the same API."""
        with self._lock:
            if cluster not in self._kept:
                fresh = self._session.adapters_for(cluster)
                self._kept[cluster] = replace(fresh, connect=_Connections(fresh.connect).open)
            return self._kept[cluster]

    def lease(self, cluster: Cluster) -> Lease:
        """The Lease of the reconcilers of this cluster."""
        adapters = self.adapters(cluster)
        kube = adapters.connect(adapters.eks(cluster.region).cluster(cluster.name))
        return kube.lease(SYSTEM_NAMESPACE, RECONCILER)


class _Connections:
    """What was opened before, as long as EKS says the same of where a cluster is."""

    def __init__(self, connect: Callable[[ClusterInfo], Kube]) -> None:
        self._connect = connect
        self._lock = Lock()
        self._opened: dict[tuple[str, str, str], Kube] = {}

    def open(self, info: ClusterInfo) -> Kube:
        place = (info.arn, info.endpoint, info.ca_data)
        with self._lock:
            if place not in self._opened:
                self._opened[place] = self._connect(info)
            return self._opened[place]
