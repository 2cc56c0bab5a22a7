"""EKS: the access-entry operations and a cluster's accessConfig, which moto lacks; the rest is moto's.

Requests and answers have the shapes of the EKS API reference; the rules of entries are in `access_entries`.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qs

from kaccess.sandbox.aws.access_entries import AccessEntries
from kaccess.sandbox.aws.access_entry import STANDARD, NewEntry, invalid
from kaccess.sandbox.aws.access_policies import ACCESS_POLICIES
from kaccess.sandbox.aws.authorization import Action
from kaccess.sandbox.aws.eks_call import Call, as_texts
from kaccess.sandbox.aws.eks_routes import operation_of, resource_of
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest, Response

PAGE: Final = 100
"""The default and greatest maxResults of EKS lists."""

MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""authenticationMode, in the only direction it may move."""

_SCOPES: Final = ("cluster", "namespace")


@dataclass(frozen=True)
class Eks:
    """EKS of one account: `entries` are its access entries, `moto` answers what it can."""

    entries: AccessEntries
    moto: Callable[[AwsRequest], Response]

    def call(self, request: AwsRequest) -> Call:
        """Recognize a request.

        Raises:
            AwsError: UnknownOperationException.
        """
        return Call(operation_of(request), request)

    def action(self, call: Call) -> Action:
        """The action and resource that the caller needs a policy for."""
        parts = call.operation.parts
        entry_arn = self.entries.arn_of(parts["cluster"], parts["principal"]) if "principal" in parts else None
        return Action(f"eks:{call.operation.name}", resource_of(call.operation, self.entries.account, entry_arn))

    def handle(self, call: Call) -> Response:
        """Answer an authorized call.

        Raises:
            AwsError: as EKS refuses it.
        """
        own = _OWN.get(call.operation.name)
        return self.moto(call.request) if own is None else own(self, call)


def _create_cluster(eks: Eks, call: Call) -> Response:
    name, mode = call.text("name"), call.mapping("accessConfig").get("authenticationMode", MODES[0])
    if mode not in MODES:
        raise invalid(f"The authenticationMode {mode} is not one of {', '.join(MODES)}")
    response = eks.moto(call.request)
    if response.succeeded and name:
        eks.entries.modes[name] = mode
    return _with_access_config(eks, response)


def _describe_cluster(eks: Eks, call: Call) -> Response:
    return _with_access_config(eks, eks.moto(call.request))


def _delete_cluster(eks: Eks, call: Call) -> Response:
    response = eks.moto(call.request)
    if response.succeeded:
        eks.entries.forget(call.cluster)
    return response


def _update_cluster_config(eks: Eks, call: Call) -> Response:
    """Only the authenticationMode can be changed in the sandbox, and only forward, as in EKS."""
    mode = call.mapping("accessConfig").get("authenticationMode")
    before = eks.entries.modes.get(call.cluster)
    if before is None:
        return eks.moto(call.request)
    if mode not in MODES or MODES.index(mode) < MODES.index(before):
        raise AwsError("InvalidRequestException", f"Unsupported authentication mode update from {before} to {mode}")
    eks.entries.modes[call.cluster] = mode
    return Response.of_json(
        {
            "update": {
                "id": str(uuid.uuid4()),
                "status": "Successful",
                "type": "AccessConfigUpdate",
                "params": [{"type": "AuthenticationMode", "value": f'"{mode}"'}],
                "createdAt": eks.entries.now().timestamp(),
                "errors": [],
            }
        }
    )


def _with_access_config(eks: Eks, response: Response) -> Response:
    if not response.succeeded:
        return response
    value = response.json()
    value["cluster"]["accessConfig"] = {"authenticationMode": eks.entries.modes[value["cluster"]["name"]]}
    return Response.of_json(value)


def _create(eks: Eks, call: Call) -> Response:
    new = NewEntry(
        principal_arn=call.text("principalArn") or "",
        kube_groups=call.texts("kubernetesGroups") or (),
        username=call.text("username"),
        type=call.text("type") or STANDARD,
        tags=call.tags(),
        request_token=call.text("clientRequestToken") or "",
    )
    return Response.of_json({"accessEntry": eks.entries.create(call.cluster, new).to_json()})


def _describe(eks: Eks, call: Call) -> Response:
    return Response.of_json({"accessEntry": eks.entries.describe(call.cluster, call.principal).to_json()})


def _update(eks: Eks, call: Call) -> Response:
    updated = eks.entries.update(call.cluster, call.principal, call.texts("kubernetesGroups"), call.text("username"))
    return Response.of_json({"accessEntry": updated.to_json()})


def _delete(eks: Eks, call: Call) -> Response:
    eks.entries.delete(call.cluster, call.principal)
    return Response.of_json({})


def _list(eks: Eks, call: Call) -> Response:
    wanted = call.request.query_parameters.get("associatedPolicyArn")
    found = [
        entry.principal_arn
        for entry in eks.entries.list(call.cluster)
        if wanted is None or wanted in entry.access_policies
    ]
    return _page(call, "accessEntries", found, found)


def _associate(eks: Eks, call: Call) -> Response:
    scope = call.mapping("accessScope")
    kind, namespaces = scope.get("type"), as_texts("namespaces", scope.get("namespaces") or [])
    if kind not in _SCOPES or bool(namespaces) is not (kind == "namespace"):
        raise invalid("The accessScope must be of type cluster, or of type namespace with namespaces")
    policy = eks.entries.associate(call.cluster, call.principal, call.text("policyArn") or "", namespaces)
    answer = {"clusterName": call.cluster, "principalArn": call.principal, "associatedAccessPolicy": policy.to_json()}
    return Response.of_json(answer)


def _disassociate(eks: Eks, call: Call) -> Response:
    eks.entries.disassociate(call.cluster, call.principal, call.operation.parts["policy"])
    return Response.of_json({})


def _list_associated(eks: Eks, call: Call) -> Response:
    policies = dict(sorted(eks.entries.describe(call.cluster, call.principal).access_policies.items()))
    shown = [policy.to_json() for policy in policies.values()]
    extra = {"clusterName": call.cluster, "principalArn": call.principal}
    return _page(call, "associatedAccessPolicies", shown, list(policies), extra)


def _list_policies(eks: Eks, call: Call) -> Response:
    names = sorted(ACCESS_POLICIES)
    return _page(call, "accessPolicies", [{"name": name, "arn": eks.entries.policy_arn(name)} for name in names], names)


def _tag(eks: Eks, call: Call) -> Response:
    if not _is_entry(call):
        return eks.moto(call.request)
    eks.entries.tag(call.resource, call.tags())
    return Response.of_json({})


def _untag(eks: Eks, call: Call) -> Response:
    if not _is_entry(call):
        return eks.moto(call.request)
    eks.entries.tag(call.resource, {}, parse_qs(call.request.query).get("tagKeys", []))
    return Response.of_json({})


def _list_tags(eks: Eks, call: Call) -> Response:
    if not _is_entry(call):
        return eks.moto(call.request)
    return Response.of_json({"tags": dict(eks.entries.tag(call.resource, {}))})


def _is_entry(call: Call) -> bool:
    return ":access-entry/" in call.resource


def _page(
    call: Call,
    name: str,
    items: Sequence[object],
    keys: Sequence[str],
    extra: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    """One page of `items`, whose `keys` ascend; the token is the last key seen, so that changes shift no page."""
    parameters = call.request.query_parameters
    text = parameters.get("maxResults", str(PAGE))
    if not text.isdecimal() or not 1 <= int(text) <= PAGE:
        raise invalid(f"The maxResults must be between 1 and {PAGE}")
    after = _decoded(parameters.get("nextToken", ""))
    start = sum(key <= after for key in keys)
    end = start + int(text)
    more = {"nextToken": base64.urlsafe_b64encode(keys[end - 1].encode()).decode()} if end < len(keys) else {}
    return Response.of_json({**extra, name: list(items[start:end]), **more})


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise invalid("The nextToken is not valid") from None


_OWN: Final[Mapping[str, Callable[[Eks, Call], Response]]] = {
    "CreateCluster": _create_cluster,
    "DescribeCluster": _describe_cluster,
    "DeleteCluster": _delete_cluster,
    "UpdateClusterConfig": _update_cluster_config,
    "CreateAccessEntry": _create,
    "DescribeAccessEntry": _describe,
    "UpdateAccessEntry": _update,
    "DeleteAccessEntry": _delete,
    "ListAccessEntries": _list,
    "AssociateAccessPolicy": _associate,
    "DisassociateAccessPolicy": _disassociate,
    "ListAssociatedAccessPolicies": _list_associated,
    "ListAccessPolicies": _list_policies,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _list_tags,
}
