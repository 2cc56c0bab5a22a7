"""Several clusters, regions and accounts at once: each read by its own credentials, IAM once for an account.

One that does not answer is a failure of its own; the others go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from kaccess.model.errors import FAILED, KaccessError
from kaccess.model.policy import Cluster, Policy
from kaccess.workflows.account import Account, survey_account
from kaccess.workflows.ports import Adapters
from kaccess.workflows.reading import reading
from kaccess.workflows.survey import Opened, Survey, open_cluster, read_cluster, survey

WIDTH: Final = 8
"""Clusters dealt with side by side; each is read by some threads of its own."""

T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """A cluster (its alias) that could not be read, and why."""

    name: str
    error: KaccessError

    def __str__(self) -> str:
        return "; ".join(f"{self.name}: {line}" for line in str(self.error).splitlines())


class NothingRead(KaccessError):
    """None of the clusters could be read, as `failures` says of each; its exit code is theirs, if they agree."""

    def __init__(self, failures: Iterable[Failure]) -> None:
        self.failures = failed = tuple(failures)
        codes = {failure.error.exit_code for failure in failed}
        lines = [str(failed[0].error)] if len(failed) == 1 else [str(failure) for failure in failed]
        super().__init__("\n".join(lines))
        self.exit_code = codes.pop() if len(codes) == 1 else FAILED


@dataclass(frozen=True)
class Fleet:
    """The surveys of accounts and of clusters, in the order of the clusters, and the clusters that have none.

    `judged_at` (aware) is the moment that decided which grants are in force, everywhere the same.
    """

    accounts: tuple[Survey, ...]
    clusters: tuple[Survey, ...]
    judged_at: datetime
    failures: tuple[Failure, ...] = ()


def survey_fleet(
    policy: Policy,
    clusters: Iterable[Cluster],
    adapters: Callable[[Cluster], Adapters],
    now: datetime,
    seen: Callable[[], object] = lambda: None,
) -> Fleet:
    """Read these clusters (at least one) and their accounts, side by side.

    `seen` is called in this thread for each cluster once it was read, or could not be.

    Raises:
        NothingRead: none of the clusters could be read.
    """
    wanted = tuple(clusters)
    failures: list[Failure] = []
    opened = _opened(wanted, adapters, failures)
    for _ in failures:
        seen()
    by_account: defaultdict[str, list[Opened]] = defaultdict(list)
    for each in opened:
        by_account[each.cluster.account].append(each)
    with reading(WIDTH) as pool:
        states = [pool.submit(read_cluster, each) for each in opened]
        asked = {name: pool.submit(survey_account, policy, those, now) for name, those in by_account.items()}
        read = _answers(asked, asked.values())
        answers = _answers((each.cluster.alias for each in opened), states, seen)
    accounts = dict(zip(asked, read, strict=True))
    surveys: list[Survey] = []
    for each, state in zip(opened, answers, strict=True):
        account = accounts[each.cluster.account]
        if isinstance(state, Failure):
            failures.append(state)
        elif isinstance(account, Failure):
            failures.append(Failure(each.cluster.alias, account.error))
        else:
            surveys.append(survey(policy, state, account.people, now))
    order = [cluster.alias for cluster in wanted]
    failures.sort(key=lambda failure: order.index(failure.name))
    if not surveys:
        raise NothingRead(failures)
    return Fleet(_of_read(accounts), tuple(surveys), now, tuple(failures))


def _opened(
    clusters: Iterable[Cluster], adapters: Callable[[Cluster], Adapters], failures: list[Failure]
) -> list[Opened]:
    """The clusters that could be opened; the others become `failures`."""
    chosen = tuple(clusters)
    with reading(WIDTH) as pool:
        asked = [pool.submit(_open, cluster, adapters) for cluster in chosen]
        answers = _answers((cluster.alias for cluster in chosen), asked)
    failures.extend(answer for answer in answers if isinstance(answer, Failure))
    return [answer for answer in answers if not isinstance(answer, Failure)]


def _open(cluster: Cluster, adapters: Callable[[Cluster], Adapters]) -> Opened:
    return open_cluster(cluster, adapters(cluster))


def _of_read(accounts: Mapping[str, Account | Failure]) -> tuple[Survey, ...]:
    return tuple(account.survey for account in accounts.values() if isinstance(account, Account))


def _answers(
    names: Iterable[str], futures: Iterable[Future[T]], seen: Callable[[], object] = lambda: None
) -> list[T | Failure]:
    """What was read; in place of what could not be, the failure of that name."""
    answers: list[T | Failure] = []
    for name, future in zip(names, futures, strict=True):
        try:
            answers.append(future.result())
        except KaccessError as error:
            answers.append(Failure(name, error))
        seen()
    return answers
