"""The directory: for each group one card, which `kaccess login` reads instead of listing namespaces.

The card is a ConfigMap that the group alone may read, by a Role with its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kaccess.model.names import SYSTEM_NAMESPACE, card_name, kube_group
from kaccess.model.policy import Group, Policy, Role
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, Item, KubeRole
from kaccess.policy.placement import Placed
from kaccess.policy.roles import rules_of
from kaccess.policy.shapes import time_text
from kaccess.rbac.allow import ALL

_END_OF_TIME: Final = "9999"
"""Sorts behind every RFC 3339 time of this millennium."""


def directory_items(group: Group, placed: Iterable[Placed], policy: Policy) -> tuple[Item, ...]:
    """The card of a group, the Role that lets it be read, and the group's binding to it."""
    placed = tuple(placed)
    name = card_name(group.name)
    origin = ", ".join(str(place) for place in sorted({each.grant.place for each in placed}))
    rule = Rule(("get",), ("",), ("configmaps",), resource_names=(name,))
    subjects = (Subject.group(kube_group(group.name)),)
    return (
        Card(SYSTEM_NAMESPACE, name, group.name, _lines(placed, policy), origin),
        KubeRole(SYSTEM_NAMESPACE, name, (rule,), origin),
        Binding(SYSTEM_NAMESPACE, name, RoleRef("Role", name), subjects, origin),
    )


def probe_of(role: Role) -> str:
    """A request that the role allows, as `VERB RESOURCE[.APIGROUP][/SUBRESOURCE]`; empty if none can be told.

    What a ClusterRole allows is known only for those that Kubernetes is born with.
    """
    rule = next((rule for rule in rules_of(role) or () if rule.resources and not rule.resource_names), None)
    if rule is None:
        return ""
    verb = "get" if ALL in rule.verbs else rule.verbs[0]
    api_group = "" if ALL in rule.api_groups else rule.api_groups[0]
    resource, slash, subresource = rule.resources[0].partition("/")
    if resource == ALL and not slash and not api_group:
        resource = "pods"
    return f"{verb} {resource}{'.' if api_group else ''}{api_group}{slash}{subresource}"


def _lines(placed: Iterable[Placed], policy: Policy) -> tuple[CardLine, ...]:
    ends: dict[tuple[str, str], str] = {}
    for each in placed:
        line = (each.namespace, each.grant.role)
        end = time_text(each.grant.until) if each.grant.until else _END_OF_TIME
        ends[line] = max(ends.get(line, ""), end)
    return tuple(
        CardLine(namespace, role, "" if end == _END_OF_TIME else end, probe_of(policy.roles[role]))
        for (namespace, role), end in sorted(ends.items())
    )
