"""The outside world wired up: adapters for one set of AWS credentials, and the credentials that each cluster needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING

from kaccess.aws.eks import Eks
from kaccess.aws.iam import Iam
from kaccess.aws.session import AwsSession
from kaccess.cli.connect import connect_with
from kaccess.workflows.ports import Adapters, Kube

if TYPE_CHECKING:
    from kaccess.model.identity import ClusterInfo
    from kaccess.model.policy import Cluster


def adapters_of(aws: AwsSession, opened: ExitStack) -> Adapters:
    """The outside world as these credentials see it; `opened` closes what is connected."""

    def connect(info: ClusterInfo) -> Kube:
        return opened.enter_context(connect_with(aws, info))

    return Adapters(aws, Iam(aws), lambda region: Eks(aws, region), connect)


class AdaptersByCluster:
    """Adapters for the credentials that each cluster of the policy is reached by; one set for those that share them.

    Safe to share between threads.
    """

    def __init__(
        self, opened: ExitStack, command: Callable[[], AwsSession], other: Callable[[str, str], AwsSession]
    ) -> None:
        """Opens nothing yet.

        Args:
            opened: closes what is connected.
            command: the credentials of the command itself.
            other: those of a profile, in a region if nothing else names one.
        """
        self._opened = opened
        self._command = command
        self._other = other
        self._known: dict[tuple[str, str], Adapters] = {}
        self._making = Lock()

    def of(self, cluster: Cluster, profile: str | None) -> Adapters:
        """The adapters for a cluster. `profile`, if a person named one, is used in place of the cluster's own."""
        with self._making:
            name = "" if profile else cluster.profile
            found = self._known.get((name, cluster.iam_role))
            if found is None:
                aws = self._other(name, cluster.region) if name else self._command()
                found = adapters_of(aws.as_role(cluster.iam_role) if cluster.iam_role else aws, self._opened)
                self._known[name, cluster.iam_role] = found
            return found
