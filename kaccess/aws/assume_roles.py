"""The IAM calls for the roles that groups assume and the inline policies that let them, one method each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.parsers import ResponseParserError

from kaccess.aws.errors import AwsError, Conflict, NotFound
from kaccess.aws.iam_lists import authorization_details, listed, no_group
from kaccess.aws.session import AwsSession
from kaccess.model.iam_policy import canonical
from kaccess.model.names import ASSUME_POLICY, GROUP_ANNOTATION, IAM_PATH, MANAGED_BY, OWNER, iam_role_name
from kaccess.model.state import IamGroupPolicy, IamRole

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef, TagTypeDef

EXISTS: Final = "EntityAlreadyExists"
IN_USE: Final = "DeleteConflict"


@dataclass(frozen=True)
class Around:
    """What the whole account has around the roles.

    `group_policies` has the document of each IAM group's inline policy of kaccess's name, `role_policies` the names of
    the policies on each role under kaccess's path, which others put there.
    """

    group_policies: Mapping[str, str]
    role_policies: Mapping[str, tuple[str, ...]]


class AssumeRoles:
    """The roles to assume of one account and what goes with them. Every method raises one of `kaccess.aws.errors`."""

    def __init__(self, session: AwsSession) -> None:
        self._session = session
        self._client = session.client("iam")

    def account(self) -> str:
        """The account these calls are made in."""
        return self._session.caller().account

    def role_names(self) -> list[str]:
        """The names of the roles under kaccess's path."""
        with self._session.calling("iam:ListRoles"):
            return [role["RoleName"] for role in listed(self._client.list_roles, "Roles", PathPrefix=IAM_PATH)]

    def role(self, name: str) -> IamRole | None:
        """The role of this name, whatever its path; None if there is none. ListRoles leaves the tags out."""
        try:
            with self._session.calling("iam:GetRole"):
                return _role(self._client.get_role(RoleName=name)["Role"])
        except NotFound:
            return None

    def create_role(self, role: IamRole) -> None:
        """Create a role of ours.

        Raises:
            AwsError: also with the code `EXISTS`.
        """
        with self._session.calling("iam:CreateRole"):
            self._client.create_role(
                Path=IAM_PATH,
                RoleName=role.name,
                AssumeRolePolicyDocument=role.trust,
                MaxSessionDuration=role.session_seconds,
                Description=f"For the people of the kaccess group {role.group}, who reach Amazon EKS by assuming it",
                Tags=[{"Key": MANAGED_BY, "Value": OWNER}, _group_tag(role.group)],
            )

    def replace_trust(self, role: IamRole) -> None:
        """Set the trust policy of the role."""
        with self._session.calling("iam:UpdateAssumeRolePolicy"):
            self._client.update_assume_role_policy(RoleName=role.name, PolicyDocument=role.trust)

    def set_duration(self, role: IamRole) -> None:
        """Set how long a session of the role may last."""
        with self._session.calling("iam:UpdateRole"):
            self._client.update_role(RoleName=role.name, MaxSessionDuration=role.session_seconds)

    def set_group(self, role: IamRole) -> None:
        """Set the tag that says which group of the policy the role is for."""
        with self._session.calling("iam:TagRole"):
            self._client.tag_role(RoleName=role.name, Tags=[_group_tag(role.group)])

    def delete_role(self, name: str) -> None:
        """Delete a role that has nothing attached to it.

        Raises:
            Conflict: someone attached policies or an instance profile to it.
        """
        try:
            with self._session.calling("iam:DeleteRole"):
                self._client.delete_role(RoleName=name)
        except NotFound:
            return
        except AwsError as error:
            if error.code != IN_USE:
                raise
            line = f"the IAM role {name} is in use by someone else, so it stays: {error}; detach that, and run again"
            raise Conflict(line, operation=error.operation, code=error.code) from None

    def around(self) -> Around:
        """What surrounds the roles in the whole account. IAM tells of policies on groups in no narrower way."""
        details = authorization_details(self._session, "Group", "Role")
        with self._session.calling("iam:GetAccountAuthorizationDetails"):
            return Around(
                {
                    group["GroupName"]: _document(policy["PolicyDocument"])
                    for group in details["GroupDetailList"]
                    for policy in group.get("GroupPolicyList") or ()
                    if policy["PolicyName"] == ASSUME_POLICY
                },
                {role["RoleName"]: _policies(role) for role in details["RoleDetailList"] if role["Path"] == IAM_PATH},
            )

    def group_policy(self, iam_group: str) -> str | None:
        """The document of an IAM group's inline policy of kaccess's name; None without policy or group."""
        try:
            with self._session.calling("iam:GetGroupPolicy"):
                answer = self._client.get_group_policy(GroupName=iam_group, PolicyName=ASSUME_POLICY)
                return _document(answer["PolicyDocument"])
        except NotFound:
            return None

    def put_group_policy(self, policy: IamGroupPolicy) -> None:
        """Set the inline policy of an IAM group.

        Raises:
            NoSuchGroup: there is no such IAM group.
        """
        try:
            with self._session.calling("iam:PutGroupPolicy"):
                self._client.put_group_policy(
                    GroupName=policy.iam_group, PolicyName=ASSUME_POLICY, PolicyDocument=policy.document
                )
        except NotFound as error:
            raise no_group(self._session, policy.iam_group, error) from None

    def delete_group_policy(self, iam_group: str) -> None:
        """Delete the inline policy of an IAM group, if it is there."""
        try:
            with self._session.calling("iam:DeleteGroupPolicy"):
                self._client.delete_group_policy(GroupName=iam_group, PolicyName=ASSUME_POLICY)
        except NotFound:
            return


def _policies(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the policies on a role, attached or inline."""
    found = (*(raw.get("AttachedManagedPolicies") or ()), *(raw.get("RolePolicyList") or ()))
    return tuple(sorted(policy["PolicyName"] for policy in found))


def _role(raw: RoleTypeDef) -> IamRole:
    """A role without our tag, or of another path, is someone else's, whatever its name."""
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags") or ()}
    return IamRole(
        name=raw["RoleName"],
        group=_group(raw["RoleName"], tags),
        trust=_document(raw["AssumeRolePolicyDocument"]),
        session_seconds=raw["MaxSessionDuration"],
        owned=raw["Path"] == IAM_PATH and tags.get(MANAGED_BY) == OWNER,
        origin=raw["Arn"],
    )


def _document(raw: object) -> str:
    """A document as botocore leaves it: out of its URL encoding and its JSON, if it could be read."""
    if not isinstance(raw, Mapping):
        raise ResponseParserError("a policy document that is no JSON")
    return canonical(raw)


def _group_tag(group: str) -> TagTypeDef:
    """The values of tags, unlike the names of groups, take no comma; names of groups have no colon."""
    return {"Key": GROUP_ANNOTATION, "Value": group.replace(",", ":")}


def _group(name: str, tags: Mapping[str, str]) -> str:
    """The group a role is for; by its name if it lacks the tag, and none if that tells nothing."""
    tagged = tags.get(GROUP_ANNOTATION, "").replace(":", ",")
    by_name = name.removeprefix(iam_role_name(""))
    return tagged or (by_name if by_name != name else "")
