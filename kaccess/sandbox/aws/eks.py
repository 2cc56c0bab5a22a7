"""EKS: the access-entry operations and a cluster's accessConfig, which moto lacks; the rest is moto's.

Requests and answers have the shapes of the EKS API reference; the rules of entries are in `access_entries`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kaccess.audit.access_policies import access_policy_rules
from kaccess.sandbox.address import AUTHENTICATION_MODES
from kaccess.sandbox.aws.access_entries import AccessEntries
from kaccess.sandbox.aws.access_entry import STANDARD, NewEntry, invalid
from kaccess.sandbox.aws.eks_call import Call, as_texts
from kaccess.sandbox.aws.eks_routes import operation_of
from kaccess.sandbox.aws.eks_updates import Updates
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest, Response

PAGE: Final = 100
"""The default and greatest maxResults of EKS lists."""

_SCOPES: Final = ("cluster", "namespace")


@dataclass(frozen=True)
class Eks:
    """EKS of one account: `entries` are its access entries, `updates` what was changed, `moto` answers what it can.

    `caller` is the IAM ARN of whoever asks.
    """

    entries: AccessEntries
    updates: Updates
    moto: Callable[[AwsRequest], Response]
    caller: str

    def call(self, request: AwsRequest) -> Call:
        """Recognize a request.

        Raises:
            AwsError: UnknownOperationException.
        """
        return Call(operation_of(request), request)

    def handle(self, call: Call) -> Response:
        """Answer an authorized call.

        Raises:
            AwsError: as EKS refuses it.
        """
        own = _OWN.get(call.operation.name)
        return self.moto(call.request) if own is None else own(self, call)


def _create_cluster(eks: Eks, call: Call) -> Response:
    name, config = call.text("name"), call.mapping("accessConfig")
    mode = config.get("authenticationMode", AUTHENTICATION_MODES[0])
    if mode not in AUTHENTICATION_MODES:
        raise invalid(f"The authenticationMode {mode} is not one of {', '.join(AUTHENTICATION_MODES)}")
    bootstrap = config.get("bootstrapClusterCreatorAdminPermissions", True)
    if mode == AUTHENTICATION_MODES[0] and not bootstrap:
        raise invalid(f"bootstrapClusterCreatorAdminPermissions must be true if the authentication mode is {mode}")
    response = eks.moto(call.request)
    if response.succeeded and name:
        eks.entries.born(name, mode, eks.caller if bootstrap else "")
    return _with_access_config(eks, response)


def _describe_cluster(eks: Eks, call: Call) -> Response:
    return _with_access_config(eks, eks.moto(call.request))


def _delete_cluster(eks: Eks, call: Call) -> Response:
    response = eks.moto(call.request)
    if response.succeeded:
        eks.entries.forget(call.cluster)
    return response


def _update_cluster_config(eks: Eks, call: Call) -> Response:
    """Only the authenticationMode can be changed in the sandbox, and it is changed at once."""
    if call.cluster not in eks.entries.modes:
        return eks.moto(call.request)
    mode = str(call.mapping("accessConfig").get("authenticationMode"))
    eks.entries.move(call.cluster, mode)
    return Response.of_json({"update": eks.updates.finished(call.cluster, mode, eks.entries.now())})


def _describe_update(eks: Eks, call: Call) -> Response:
    return Response.of_json({"update": eks.updates.describe(call.cluster, call.operation.parts["update"])})


def _with_access_config(eks: Eks, response: Response) -> Response:
    if not response.succeeded:
        return response
    value = response.json()
    value["cluster"]["accessConfig"] = {"authenticationMode": eks.entries.modes[value["cluster"]["name"]]}
    return Response.of_json(value)


def _list_identity_providers(eks: Eks, call: Call) -> Response:
    """The sandbox's Kubernetes lets in nobody but principals of IAM."""
    if call.cluster not in eks.entries.modes:
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {call.cluster}.", 404)
    return _page(call, "identityProviderConfigs", [], [])


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
    names = sorted(access_policy_rules())
    return _page(call, "accessPolicies", [{"name": name, "arn": eks.entries.policy_arn(name)} for name in names], names)


def _tag(eks: Eks, call: Call) -> Response:
    if not _is_entry(call):
        return eks.moto(call.request)
    eks.entries.tag(call.resource, call.tags())
    return Response.of_json({})


def _untag(eks: Eks, call: Call) -> Response:
    if not _is_entry(call):
        return eks.moto(call.request)
    eks.entries.tag(call.resource, {}, call.request.query_values("tagKeys"))
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
    "DescribeUpdate": _describe_update,
    "ListIdentityProviderConfigs": _list_identity_providers,
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
