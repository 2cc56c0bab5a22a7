"""RBAC rules as people say them: `get, list on pods, pods/log`, `* on deployments.apps`."""

from __future__ import annotations

from kaccess.model.rule import Rule


def rule_line(rule: Rule) -> str:
    """One rule in one line."""
    verbs = ", ".join(rule.verbs)
    if rule.non_resource_urls:
        return f"{verbs} on {', '.join(rule.non_resource_urls)}"
    names = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{verbs} on {', '.join(resources(rule))}{names}"


def resources(rule: Rule) -> list[str]:
    """The resources of a rule with their API groups: `pods`, `deployments.apps`, `*.*` for all of all groups."""
    return [f"{resource}.{group}" if group else resource for group in rule.api_groups for resource in rule.resources]
