"""Nobody may give what they do not hold: the API server's checks on writes of roles and bindings."""

from __future__ import annotations

from kaccess.model.rule import RoleRef, Rule, rules_from_json
from kaccess.rbac.authorizer import SYSTEM_MASTERS
from kaccess.rbac.cover import escalation_message, missing_rules
from kaccess.rbac.request import Request
from kaccess.sandbox.kube import statuses
from kaccess.sandbox.kube.authorize import EVERYTHING
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.resources import CLUSTER_ROLES, RBAC_KINDS, ROLES, Resource
from kaccess.sandbox.kube.store import Object


def check_escalation(call: Call, resource: Resource, obj: Object, before: Object | None) -> None:
    """Refuse a role or binding that gives more than its author holds. Other kinds pass.

    Raises:
        StatusError: 403; 404, the role that a binding names is not there to be compared.
    """
    if resource not in RBAC_KINDS or SYSTEM_MASTERS in call.user.groups:
        return
    if before is not None and _compared(obj) == _compared(before):
        return
    if resource in {ROLES, CLUSTER_ROLES}:
        _check_role(call, resource, obj)
    else:
        _check_binding(call, resource, obj)


def _check_role(call: Call, resource: Resource, role: Object) -> None:
    name = role["metadata"]["name"]
    # a create has no name in its URL, so rights to escalate by name do not cover it
    escalate = Request("escalate", resource.plural, resource.group, namespace=call.namespace, name=call.request.name)
    if call.authority.decide(call.user, escalate).allowed:
        return
    if role.get("aggregationRule") and missing_rules(call.authority.rules_for(call.user, ""), EVERYTHING):
        why = "must have cluster-admin privileges to use the aggregationRule"
        raise statuses.forbidden(resource.group, resource.plural, name, why)
    _confirm(call, resource, name, rules_from_json(role.get("rules")))


def _check_binding(call: Call, resource: Resource, binding: Object) -> None:
    role_ref = RoleRef.from_json(binding["roleRef"])
    target = CLUSTER_ROLES if role_ref.kind == "ClusterRole" else ROLES
    bind = Request("bind", target.plural, target.group, namespace=call.namespace, name=role_ref.name)
    if call.authority.decide(call.user, bind).allowed:
        return
    rules = call.authority.role_rules(role_ref, call.namespace)
    if rules is None:
        raise statuses.not_found(resource.group, resource.plural, role_ref.name)
    _confirm(call, resource, binding["metadata"]["name"], rules)


def _confirm(call: Call, resource: Resource, name: str, rules: tuple[Rule, ...]) -> None:
    missing = missing_rules(call.authority.rules_for(call.user, call.namespace), rules)
    if missing:
        why = escalation_message(call.user.username, call.user.groups, missing) + _resolution_errors(call, resource)
        raise statuses.forbidden(resource.group, resource.plural, name, why)


def _resolution_errors(call: Call, resource: Resource) -> str:
    """What is said of bindings whose role is not there; the real server takes it for one of the written resource."""
    gone = call.authority.dangling_for(call.user, call.namespace)
    told = [str(statuses.not_found(resource.group, resource.plural, name)) for name in gone]
    if not told:
        return ""
    return f"; resolution errors: [{told[0] if len(told) == 1 else '[' + ', '.join(told) + ']'}]"


def _compared(obj: Object) -> Object:
    """All that the check looks at: even a label is changed only by who holds the rules; garbage may be collected."""
    ignored = ("finalizers", "ownerReferences", "managedFields", "resourceVersion")
    metadata = {key: value for key, value in obj["metadata"].items() if key not in ignored}
    return obj | {"metadata": metadata}
