"""IAM of one account over its Query protocol: roles, groups with inline policies, and one user's facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.aws.answers import ACCOUNT, user, xml, xml_error
from tests.kube.stub_server import Answer, Asked

MADE = "<CreateDate>2026-01-02T03:04:05Z</CreateDate>"
KEYS = ("AKIA0000000000000001", "AKIA0000000000000002")
MISSING = xml_error(404, "NoSuchEntity", "cannot be found")


def role_arn(name: str, path: str = "/kaccess/", partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{ACCOUNT}:role{path}{name}"


class FakeIam:
    """`roles` by name, with their parts as IAM calls them; `groups` with their inline policies (JSON) by name.

    As IAM does, it gives documents out URL-encoded, and no tags in lists. `in_use` has roles that something is
    attached to, `attached` and `inline` the names of policies on roles.
    """

    def __init__(self) -> None:
        self.roles: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, str]] = {}
        self.in_use: set[str] = set()
        self.attached: dict[str, list[str]] = {}
        self.inline: dict[str, list[str]] = {}
        self.partition = "aws"
        self.page = 100

    def __call__(self, asked: Asked) -> Answer:
        call: Callable[[dict[str, str]], Answer] | None = getattr(self, asked.body["Action"], None)
        return call(asked.body) if call else xml_error(400, "InvalidAction", asked.body["Action"])

    def add_role(self, name: str, trust: str, *, path: str = "/kaccess/", seconds: int = 3600, **tags: str) -> None:
        self.roles[name] = {"path": path, "trust": trust, "seconds": seconds, "tags": tags}

    def GetCallerIdentity(self, _: dict[str, str]) -> Answer:  # noqa: N802 - the names of AWS
        who = f"<Account>{ACCOUNT}</Account><Arn>{user('admin')}</Arn><UserId>AIDA1</UserId>"
        return xml("GetCallerIdentity", who)

    def ListRoles(self, body: dict[str, str]) -> Answer:  # noqa: N802
        found = sorted(
            name for name, role in self.roles.items() if role["path"].startswith(body.get("PathPrefix", "/"))
        )
        return self._paged("ListRoles", "Roles", [self._role(name, tags=False) for name in found], body)

    def GetRole(self, body: dict[str, str]) -> Answer:  # noqa: N802
        name = body["RoleName"]
        return xml("GetRole", f"<Role>{self._role(name)}</Role>") if name in self.roles else MISSING

    def CreateRole(self, body: dict[str, str]) -> Answer:  # noqa: N802
        name = body["RoleName"]
        if name in self.roles:
            return xml_error(409, "EntityAlreadyExists", f"Role with name {name} already exists.")
        tags = {body[f"Tags.member.{n}.Key"]: body[f"Tags.member.{n}.Value"] for n in (1, 2)}
        trust, seconds = body["AssumeRolePolicyDocument"], int(body["MaxSessionDuration"])
        self.add_role(name, trust, path=body["Path"], seconds=seconds, **tags)
        return xml("CreateRole", f"<Role>{self._role(name)}</Role>")

    def UpdateAssumeRolePolicy(self, body: dict[str, str]) -> Answer:  # noqa: N802
        return self._set(body, trust=body["PolicyDocument"])

    def UpdateRole(self, body: dict[str, str]) -> Answer:  # noqa: N802
        return self._set(body, seconds=int(body["MaxSessionDuration"]))

    def TagRole(self, body: dict[str, str]) -> Answer:  # noqa: N802
        tag = {body["Tags.member.1.Key"]: body["Tags.member.1.Value"]}
        return self._set(body, tags=self.roles[body["RoleName"]]["tags"] | tag)

    def DeleteRole(self, body: dict[str, str]) -> Answer:  # noqa: N802
        if body["RoleName"] in self.in_use:
            return xml_error(409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
        return xml("DeleteRole", "") if self.roles.pop(body["RoleName"], None) else MISSING

    def GetAccountAuthorizationDetails(self, body: dict[str, str]) -> Answer:  # noqa: N802
        assert {body["Filter.member.1"], body["Filter.member.2"]} == {"Group", "Role"}
        groups = [(self._group(name, policies), "") for name, policies in sorted(self.groups.items())]
        roles = [("", self._role(name) + self._attached(name)) for name in sorted(self.roles)]
        start = int(body.get("Marker", 0))
        page, more = [*groups, *roles][start : start + self.page], start + self.page < len(groups) + len(roles)
        lists = "".join(
            f"<{key}>{''.join(f'<member>{each}</member>' for each in those if each)}</{key}>"
            for key, those in zip(("GroupDetailList", "RoleDetailList"), zip(*page, strict=True), strict=True)
        )
        marker = f"<Marker>{start + self.page}</Marker>" if more else ""
        return xml(body["Action"], f"{lists}<IsTruncated>{str(more).lower()}</IsTruncated>{marker}")

    def GetGroupPolicy(self, body: dict[str, str]) -> Answer:  # noqa: N802
        found = self.groups.get(body["GroupName"], {}).get(body["PolicyName"])
        return xml("GetGroupPolicy", _policy(body["PolicyName"], found)) if found else MISSING

    def PutGroupPolicy(self, body: dict[str, str]) -> Answer:  # noqa: N802
        if body["GroupName"] not in self.groups:
            return MISSING
        self.groups[body["GroupName"]][body["PolicyName"]] = body["PolicyDocument"]
        return xml("PutGroupPolicy", "")

    def DeleteGroupPolicy(self, body: dict[str, str]) -> Answer:  # noqa: N802
        found = self.groups.get(body["GroupName"], {}).pop(body["PolicyName"], None)
        return xml("DeleteGroupPolicy", "") if found else MISSING

    def ListGroups(self, body: dict[str, str]) -> Answer:  # noqa: N802
        return self._paged("ListGroups", "Groups", [f"<GroupName>{name}</GroupName>" for name in self.groups], body)

    def GetUser(self, _: dict[str, str]) -> Answer:  # noqa: N802
        return xml("GetUser", f"<User><UserName>ana</UserName><Arn>{user('ana', '/team/')}</Arn>{MADE}</User>")

    def ListGroupsForUser(self, body: dict[str, str]) -> Answer:  # noqa: N802
        return self._paged("ListGroupsForUser", "Groups", [f"<GroupName>{name}</GroupName>" for name in "ba"], body)

    def ListAccessKeys(self, _: dict[str, str]) -> Answer:  # noqa: N802
        keys = ((KEYS[1], "Inactive"), (KEYS[0], "Active"))
        listed = "".join(f"<member><AccessKeyId>{i}</AccessKeyId><Status>{s}</Status></member>" for i, s in keys)
        return xml("ListAccessKeys", f"<AccessKeyMetadata>{listed}</AccessKeyMetadata>")

    def GetAccessKeyLastUsed(self, body: dict[str, str]) -> Answer:  # noqa: N802
        used = "<LastUsedDate>2026-11-20T10:00:00Z</LastUsedDate>" if body["AccessKeyId"] == KEYS[0] else ""
        return xml("GetAccessKeyLastUsed", f"<AccessKeyLastUsed>{used}<Region>N/A</Region></AccessKeyLastUsed>")

    def GetLoginProfile(self, _: dict[str, str]) -> Answer:  # noqa: N802
        return xml("GetLoginProfile", f"<LoginProfile><UserName>ana</UserName>{MADE}</LoginProfile>")

    def ListMFADevices(self, body: dict[str, str]) -> Answer:  # noqa: N802
        serial = f"<SerialNumber>arn:aws:iam::{ACCOUNT}:mfa/ana</SerialNumber>"
        return self._paged("ListMFADevices", "MFADevices", [serial], body)

    def _set(self, body: dict[str, str], **parts: Any) -> Answer:
        if body["RoleName"] not in self.roles:
            return MISSING
        self.roles[body["RoleName"]] |= parts
        return xml(body["Action"], "")

    def _paged(self, action: str, key: str, members: list[str], body: dict[str, str]) -> Answer:
        start = int(body.get("Marker", 0))
        end = start + self.page
        listed = "".join(f"<member>{member}</member>" for member in members[start:end])
        more = end < len(members)
        marker = f"<Marker>{end}</Marker>" if more else ""
        return xml(action, f"<{key}>{listed}</{key}><IsTruncated>{str(more).lower()}</IsTruncated>{marker}")

    def _role(self, name: str, *, tags: bool = True) -> str:
        role = self.roles[name]
        shown = "".join(f"<member><Key>{k}</Key><Value>{v}</Value></member>" for k, v in role["tags"].items())
        return (
            f"<Path>{role['path']}</Path><RoleName>{name}</RoleName>"
            f"<Arn>{role_arn(name, role['path'], self.partition)}</Arn>{MADE}"
            f"<AssumeRolePolicyDocument>{quote(role['trust'])}</AssumeRolePolicyDocument>"
            f"<MaxSessionDuration>{role['seconds']}</MaxSessionDuration>" + (f"<Tags>{shown}</Tags>" if tags else "")
        )

    def _attached(self, name: str) -> str:
        """Policies on a role, inline and attached."""
        inline = "".join(f"<member>{_policy(each, '{}')}</member>" for each in self.inline.get(name, ()))
        attached = "".join(f"<member><PolicyName>{each}</PolicyName></member>" for each in self.attached.get(name, ()))
        return f"<RolePolicyList>{inline}</RolePolicyList><AttachedManagedPolicies>{attached}</AttachedManagedPolicies>"

    def _group(self, name: str, policies: dict[str, str]) -> str:
        listed = "".join(f"<member>{_policy(each, text)}</member>" for each, text in policies.items())
        return f"<GroupName>{name}</GroupName><GroupPolicyList>{listed}</GroupPolicyList>"


def _policy(name: str, document: str) -> str:
    return f"<PolicyName>{name}</PolicyName><PolicyDocument>{quote(document)}</PolicyDocument>"


def as_aws_shows(document: str) -> str:
    """The same document as another hand might have put it: spaces, lists of one, another order, booleans as text."""
    parsed = json.loads(document)
    for statement in parsed["Statement"]:
        statement["Action"] = [statement["Action"]]
    return json.dumps(dict(reversed(parsed.items())), indent=2)
