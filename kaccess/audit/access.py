"""Effective access: every principal, every way in, every role it reaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from kaccess.audit.given import PAST_RBAC, Given, Sources
from kaccess.audit.snapshot import AccountSnapshot, ClusterSnapshot
from kaccess.audit.stock import AUTHENTICATED, EVERYBODY
from kaccess.audit.trust import trust_of
from kaccess.model.access import Access, Arrival, Reach, Step, StepKind
from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.names import DIRECTORY_ROLE, SYSTEM_NAMESPACE
from kaccess.model.policy import Backend
from kaccess.model.state import Entry
from kaccess.model.ways_in import default_username, is_node, ways_in
from kaccess.rbac.authorizer import SERVICE_ACCOUNT_PREFIX

NO_SOURCES: Final = Sources()
ALL_ACCOUNTS: Final = "system:serviceaccounts"
_PLACEHOLDER: Final = re.compile(r"\\\{\\\{[A-Za-z0-9]+\\\}\\\}")


def effective_access(
    cluster: ClusterSnapshot, account: AccountSnapshot | None = None, sources: Sources = NO_SOURCES
) -> tuple[Access, ...]:
    """Everybody's access to a cluster, sorted by principal.

    They are the principals of entries, the IAM users who may assume a role of one, and the Kubernetes subjects that
    bindings speak of and no entry leads to.
    """
    known = account or AccountSnapshot(cluster.account, is_known=False)
    found = _Everybody(Given(cluster.rbac, sources), known, sources)
    entries = [way.entry for way in ways_in(cluster.all_entries)]
    for entry in entries:
        found.let_in(entry)
    accounts = cluster.aws_auth.accounts if cluster.aws_auth else ()
    found.let_in_accounts(accounts)
    found.add_subjects()
    return tuple(found.access())


@dataclass
class _Person:
    arrivals: list[Arrival] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)


class _Everybody:
    """Collects who comes in, and remembers which subjects someone comes to."""

    def __init__(self, given: Given, account: AccountSnapshot, sources: Sources) -> None:
        self._given = given
        self._account = account
        self._sources = sources
        self._people: dict[str, _Person] = {}
        self._users = [name for kind, name in given.by_subject if kind == "User"]
        self._reached: set[tuple[str, str]] = set()
        steps = sources.groups.values()
        self._places = {step.name: step.place for step in steps if step.kind is StepKind.IAM_GROUP}

    def access(self) -> Iterator[Access]:
        for principal, person in sorted(self._people.items()):
            yield Access(principal, tuple(person.arrivals), tuple(person.unknown))

    def let_in(self, entry: Entry) -> None:
        """The principal of an entry, and whoever may become it."""
        person = self._person(entry.principal)
        person.arrivals += self._arrivals(entry, ())
        for policy in entry.access_policies:
            if any(reach.rules is None for reach in self._given.by_access_policies((policy,))):
                person.unknown[f"AWS does not document what {policy.name} allows"] = None
        if _kind(entry.principal) == "role" and not is_node(entry):
            self._let_in_assumers(entry, person)

    def let_in_accounts(self, accounts: Iterable[str]) -> None:
        """aws-auth lets whole accounts in: everyone under their ARN as user name, in no group."""
        for number in accounts:
            step = Step(StepKind.ACCOUNT, number)
            for name in self._users:
                if name.startswith("arn:") and f":{number}:" in name and name not in self._people:
                    self._person(name).arrivals += self._as_user((step,), name)
                    self._reached.add(("User", name))

    def add_subjects(self) -> None:
        """The subjects that no entry leads to, and the groups that everybody is in."""
        for (kind, name), reaches in self._given.by_subject.items():
            if ((kind, name) in self._reached and name not in EVERYBODY) or not reaches:
                continue
            principal, step = principal_of(kind, name)
            bound = tuple(reach for reach in reaches if reach is not PAST_RBAC)
            if bound:
                self._person(principal).arrivals.append(Arrival((step,), bound))
                self._person(principal).arrivals += self._crowds(name, step) if kind == "User" else ()

    def _crowds(self, username: str, step: Step) -> Iterator[Arrival]:
        """The groups that the API server puts everybody in who comes with a name, or with a service account's."""
        groups = [AUTHENTICATED]
        if step.kind is StepKind.SERVICE_ACCOUNT:
            namespace = username.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")[0]
            groups += [ALL_ACCOUNTS, f"{ALL_ACCOUNTS}:{namespace}"]
        for group in groups:
            reaches = self._given.to_group(group)
            if reaches:
                yield Arrival((step, Step(StepKind.KUBE_GROUP, group)), reaches)

    def _person(self, principal: str) -> _Person:
        return self._people.setdefault(principal, _Person())

    def _arrivals(self, entry: Entry, before: tuple[Step, ...]) -> Iterator[Arrival]:
        is_row = entry.backend is Backend.AWS_AUTH
        step = Step(StepKind.AWS_AUTH if is_row else StepKind.ACCESS_ENTRY, entry.principal)
        by_policies = self._given.by_access_policies(entry.access_policies)
        if by_policies:
            yield Arrival((*before, step), by_policies)
        for group in (*entry.kube_groups, AUTHENTICATED):
            self._reached.add(("Group", group))
            reaches = self._given.to_group(group)
            first = before or self._source(entry, group)
            yield Arrival((*first, step, Step(StepKind.KUBE_GROUP, group)), reaches)
        username = entry.username or ("" if is_row else default_username(entry.principal))
        yield from self._as_user((*before, step), username)

    def _as_user(self, before: tuple[Step, ...], username: str) -> Iterator[Arrival]:
        """Who has the user name; where it is a template, all bound names that it can become."""
        names: Iterable[str] = (username,)
        if "{{" in username:
            pattern = re.compile(_PLACEHOLDER.sub(".+", re.escape(username)))
            names = [name for name in self._users if pattern.fullmatch(name)]
        for name in names:
            self._reached.add(("User", name))
            reaches = self._given.to_user(name)
            if reaches:
                yield Arrival((*before, Step(StepKind.KUBE_USER, name)), reaches)

    def _source(self, entry: Entry, group: str) -> tuple[Step, ...]:
        step = self._sources.groups.get(group)
        if step is None:
            return ()
        user = self._account.users_by_arn.get(entry.principal)
        if step.kind is StepKind.IAM_GROUP and user is not None and step.name not in user.iam_groups:
            return ()
        return (step,)

    def _let_in_assumers(self, entry: Entry, person: _Person) -> None:
        arn = Arn.parse(entry.principal)
        role = self._account.roles_by_name.get(arn.name) if arn.account == self._account.account else None
        if role is None:
            person.unknown["who may assume this role is not known, since its trust policy could not be read"] = None
            return
        trust = trust_of(role, self._account)
        for words in trust.others:
            person.unknown[f"may be assumed by {words}, whom kaccess cannot see"] = None
        for assumer in trust.assumers:
            by = (Step(StepKind.IAM_GROUP, assumer.by, self._places.get(assumer.by, "")),) if assumer.by else ()
            before = (*by, Step(StepKind.IAM_ROLE, role.arn))
            self._person(assumer.user.arn).arrivals += self._arrivals(entry, before)


def _kind(principal: str) -> str:
    try:
        return Arn.parse(principal).kind
    except Usage:
        return ""


def principal_of(kind: str, name: str) -> tuple[str, Step]:
    """How a subject is called as a principal, and as a step."""
    if kind == "Group":
        return f"Group {name}", Step(StepKind.KUBE_GROUP, name)
    namespace, colon, account = name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
    if name.startswith(SERVICE_ACCOUNT_PREFIX) and colon:
        called = f"{namespace}/{account}"
        return f"ServiceAccount {called}", Step(StepKind.SERVICE_ACCOUNT, called)
    return f"User {name}", Step(StepKind.KUBE_USER, name)


def spoken_of(access: Access) -> Iterator[tuple[Arrival, Reach]]:
    """What a report speaks of: all but what every cluster gives to everybody and to its own parts."""
    for arrival in access.arrivals:
        for reach in arrival.reaches:
            if not reach.is_stock:
                yield arrival, reach


def is_card(reach: Reach) -> bool:
    """Whether it is a group's right to read its own card of the directory."""
    return reach.namespace == SYSTEM_NAMESPACE and reach.role.startswith(f"{DIRECTORY_ROLE}-")
