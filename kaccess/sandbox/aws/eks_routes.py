"""The EKS operations of the sandbox: their methods, paths and the resources IAM policies name them by.

Method and path are those of the EKS API reference. What is not listed here the sandbox does not serve.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from kaccess.sandbox.aws.account import Account
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest

_ENTRIES: Final = "/clusters/{cluster}/access-entries"
_ENTRY: Final = _ENTRIES + "/{principal}"

_OPERATIONS: Final = (
    ("CreateCluster", "POST", "/clusters"),
    ("ListClusters", "GET", "/clusters"),
    ("DescribeCluster", "GET", "/clusters/{cluster}"),
    ("DeleteCluster", "DELETE", "/clusters/{cluster}"),
    ("UpdateClusterConfig", "POST", "/clusters/{cluster}/update-config"),
    ("DescribeUpdate", "GET", "/clusters/{cluster}/updates/{update}"),
    ("ListNodegroups", "GET", "/clusters/{cluster}/node-groups"),
    ("ListIdentityProviderConfigs", "GET", "/clusters/{cluster}/identity-provider-configs"),
    ("CreateAccessEntry", "POST", _ENTRIES),
    ("ListAccessEntries", "GET", _ENTRIES),
    ("DescribeAccessEntry", "GET", _ENTRY),
    ("UpdateAccessEntry", "POST", _ENTRY),
    ("DeleteAccessEntry", "DELETE", _ENTRY),
    ("AssociateAccessPolicy", "POST", _ENTRY + "/access-policies"),
    ("ListAssociatedAccessPolicies", "GET", _ENTRY + "/access-policies"),
    ("DisassociateAccessPolicy", "DELETE", _ENTRY + "/access-policies/{policy}"),
    ("ListAccessPolicies", "GET", "/access-policies"),
    ("TagResource", "POST", "/tags/{resource}"),
    ("UntagResource", "DELETE", "/tags/{resource}"),
    ("ListTagsForResource", "GET", "/tags/{resource}"),
)


@dataclass(frozen=True)
class Operation:
    """An EKS operation and the parts of its path, decoded: `cluster`, `principal`, `policy`, `update` or `resource`."""

    name: str
    parts: Mapping[str, str]


def operation_of(request: AwsRequest) -> Operation:
    """Which operation a request asks for.

    Raises:
        AwsError: UnknownOperationException.
    """
    for name, method, pattern in _ROUTES:
        found = pattern.fullmatch(request.path) if method == request.method else None
        if found:
            return Operation(name, {part: unquote(text) for part, text in found.groupdict().items()})
    raise AwsError("UnknownOperationException", f"The sandbox's EKS has no {request.method} {request.path}", 404)


def resource_of(operation: Operation, account: Account, entry_arn: str | None) -> str:
    """The ARN that IAM policies name the object of `operation` by; `entry_arn` is that of the access entry, if any."""
    parts = operation.parts
    if "resource" in parts:
        return parts["resource"]
    if "principal" in parts:
        return entry_arn or account.arn("eks", f"access-entry/{parts['cluster']}/*", regional=True)
    return account.arn("eks", f"cluster/{parts['cluster']}", regional=True) if "cluster" in parts else "*"


def _compiled(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "/?")


_ROUTES: Final = tuple((name, method, _compiled(path)) for name, method, path in _OPERATIONS)
