"""Which actions an EKS call is, on which resources and with which condition keys.

The keys are those of the Service Authorization Reference. An operation on an access entry is asked with what the entry
holds, and with what the request changes in its place. An operation that creates an entry with tags is two actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.sandbox.aws.access_entries import AccessEntries
from kaccess.sandbox.aws.access_entry import STANDARD, AccessEntry
from kaccess.sandbox.aws.authorization import Action
from kaccess.sandbox.aws.eks_call import Call, as_texts
from kaccess.sandbox.aws.eks_routes import resource_of
from kaccess.sandbox.aws.iam_conditions import Values

_TAG_KEYS_PARAMETER: Final = "tagKeys"


def actions_of(entries: AccessEntries, call: Call) -> tuple[Action, ...]:
    """The actions that a caller needs policies for, the one that the call is named by first.

    Raises:
        AwsError: SerializationException.
    """
    name, entry = call.operation.name, _entry(entries, call)
    resource = resource_of(call.operation, entries.account, entry.arn if entry else None)
    context = {**_entry_keys(entry), **_request_keys(call)}
    action = Action(f"eks:{name}", resource, context)
    if name != "CreateAccessEntry" or not call.tags():
        return (action,)
    return action, Action("eks:TagResource", _new_entry_arn(entries, call), context)


def _entry(entries: AccessEntries, call: Call) -> AccessEntry | None:
    parts = call.operation.parts
    if "principal" in parts:
        return entries.find(parts["cluster"], parts["principal"])
    return entries.find_arn(parts["resource"]) if "resource" in parts else None


def _entry_keys(entry: AccessEntry | None) -> dict[str, Values]:
    if entry is None:
        return {}
    groups: dict[str, Values] = {"eks:kubernetesgroups": entry.kube_groups} if entry.kube_groups else {}
    return {
        "eks:accessentrytype": entry.type,
        "eks:clustername": entry.cluster,
        "eks:principalarn": entry.principal_arn,
        "eks:username": entry.username,
        **groups,
        **{f"aws:resourcetag/{key.lower()}": value for key, value in entry.tags.items()},
    }


def _request_keys(call: Call) -> dict[str, Values]:
    parts, name = call.operation.parts, call.operation.name
    keys: dict[str, Values | None] = {"eks:principalarn": parts.get("principal")}
    if "principal" in parts:
        keys["eks:clustername"] = parts["cluster"]
    if name == "CreateAccessEntry":
        keys["eks:principalarn"] = call.text("principalArn")
        keys["eks:accessentrytype"] = call.text("type") or STANDARD
    if name in ("CreateAccessEntry", "UpdateAccessEntry"):
        keys |= {"eks:kubernetesgroups": call.texts("kubernetesGroups"), "eks:username": call.text("username")}
    if name in ("AssociateAccessPolicy", "DisassociateAccessPolicy"):
        keys |= {"eks:policyarn": parts.get("policy") or call.text("policyArn"), **_scope(call)}
    if name in ("CreateCluster", "UpdateClusterConfig"):
        keys["eks:authenticationmode"] = call.mapping("accessConfig").get("authenticationMode")
    present: dict[str, Values] = {key: value for key, value in keys.items() if value}
    return {**present, **_tag_keys(call)}


def _scope(call: Call) -> Mapping[str, Values | None]:
    scope = call.mapping("accessScope")
    return {
        "eks:accessscope": scope.get("type"),
        "eks:namespaces": as_texts("namespaces", scope.get("namespaces") or []),
    }


def _tag_keys(call: Call) -> dict[str, Values]:
    """The tags that a request gives or takes."""
    tags = call.tags()
    keys = (*tags, *call.request.query_values(_TAG_KEYS_PARAMETER))
    named: dict[str, Values] = {"aws:tagkeys": keys} if keys else {}
    return {**named, **{f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}}


def _new_entry_arn(entries: AccessEntries, call: Call) -> str:
    """The ARN of an entry that has no id yet, as far as it is known."""
    try:
        principal = Arn.parse(call.text("principalArn") or "")
    except Usage:
        return entries.account.arn("eks", f"access-entry/{call.cluster}/*", regional=True)
    who = f"{principal.kind}/{principal.account}/{principal.name}"
    return entries.account.arn("eks", f"access-entry/{call.cluster}/{who}/*", regional=True)
