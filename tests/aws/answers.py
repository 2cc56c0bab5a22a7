"""Answers of AWS in its two dialects: IAM's and STS's XML, EKS's JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.kube.stub_server import Answer, Asked

ACCOUNT = "111122223333"
CREATED = 1_790_000_000.25
"""When the entries of a test were made, in seconds since 1970."""


def user(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT}:user{path}{name}"


def xml(action: str, result: str) -> Answer:
    body = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
    return Answer(200, body.encode(), {"Content-Type": "text/xml"})


def xml_error(status: int, code: str, message: str = "no") -> Answer:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Answer(status, body.encode(), {"Content-Type": "text/xml"})


def json_error(status: int, code: str, message: str = "no") -> Answer:
    return Answer(status, {"message": message}, {"x-amzn-ErrorType": code})


def member(arn: str, made: str = "2026-01-02T03:04:05Z") -> str:
    return f"<member><UserName>n</UserName><Arn>{arn}</Arn><CreateDate>{made}</CreateDate></member>"


def members(names: Iterable[str], marker: str = "") -> Answer:
    users = "".join(member(user(name)) for name in names)
    more = f"<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>" if marker else "<IsTruncated>false</IsTruncated>"
    return xml("GetGroup", f"<Group><GroupName>g</GroupName></Group><Users>{users}</Users>{more}")


class FakeEntries:
    """The access entries of one cluster over EKS's REST API, pages of `page`."""

    def __init__(self, *entries: dict[str, Any], page: int = 100) -> None:
        self.entries = {entry["principalArn"]: entry for entry in entries}
        self.access_policies: dict[str, list[str]] = {}
        self.vanish: set[str] = set()
        self.page = page

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/access-policies":
            arns = sorted({arn for each in self.access_policies.values() for arn in each})
            return Answer(200, {"accessPolicies": [{"name": arn, "arn": arn} for arn in arns]})
        _, _, rest = asked.path.partition("/access-entries")
        principal, _, _ = rest.lstrip("/").replace("%3A", ":").replace("%2F", "/").partition("/access-policies")
        if not principal:
            return self._create(asked.body) if asked.method == "POST" else self._list(asked.query)
        if principal not in self.entries or (principal in self.vanish):
            return json_error(404, "ResourceNotFoundException", "The specified principalArn could not be found")
        if rest.endswith("/access-policies"):
            found = [{"policyArn": arn} for arn in self.access_policies.get(principal, [])]
            return Answer(200, {"associatedAccessPolicies": found})
        return self._one(asked, principal)

    def _list(self, query: dict[str, str]) -> Answer:
        start = int(query.get("nextToken") or 0)
        wanted = query.get("associatedPolicyArn")
        found = sorted(p for p in self.entries if wanted is None or wanted in self.access_policies.get(p, []))
        more = {"nextToken": str(start + self.page)} if start + self.page < len(found) else {}
        return Answer(200, {"accessEntries": found[start : start + self.page], **more})

    def _create(self, body: dict[str, Any]) -> Answer:
        if body["principalArn"] in self.entries:
            return json_error(409, "ResourceInUseException", "The specified access entry resource is already in use")
        body["createdAt"] = 1_800_000_000.0
        self.entries[body["principalArn"]] = body
        return Answer(200, {"accessEntry": body})

    def _one(self, asked: Asked, principal: str) -> Answer:
        if asked.method == "DELETE":
            del self.entries[principal]
            return Answer(200, {})
        if asked.method == "POST":
            self.entries[principal] |= {"kubernetesGroups": asked.body["kubernetesGroups"]}
        return Answer(200, {"accessEntry": self.entries[principal]})


def entry(
    principal: str, *groups: str, owned: bool = True, kind: str = "STANDARD", username: str = "someone"
) -> dict[str, Any]:
    tags = {"app.kubernetes.io/managed-by": "kaccess"} if owned else {"managed-by": "argocd"}
    return {
        "principalArn": principal,
        "kubernetesGroups": list(groups),
        "type": kind,
        "username": username,
        "tags": tags,
        "createdAt": CREATED,
    }
