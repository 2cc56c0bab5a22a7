"""What the owner of credentials may find out about themselves: their IAM groups, and the roles they may assume."""

from __future__ import annotations

from functools import cached_property

from kaccess.aws.errors import AccessDenied, ExpiredCredentials
from kaccess.aws.iam_lists import listed
from kaccess.aws.session import AwsSession
from kaccess.aws.sign_in_role import session_name
from kaccess.model.arn import Arn


class OwnIdentity:
    """The caller of these credentials. Every method raises one of `kaccess.aws.errors`. Safe to share between threads.

    Asks nothing before it is used.
    """

    def __init__(self, session: AwsSession) -> None:
        self._session = session

    def iam_groups(self) -> tuple[str, ...]:
        """The IAM groups that the caller is in, sorted; none if they are no IAM user."""
        arn = Arn.parse(self._caller_arn)
        if arn.kind != "user":
            return ()
        client, operation = self._session.client("iam"), "iam:ListGroupsForUser"
        try:
            with self._session.calling(operation):
                groups = listed(client.list_groups_for_user, "Groups", UserName=arn.name)
                return tuple(sorted(group["GroupName"] for group in groups))
        except ExpiredCredentials as error:
            if error.code != "InvalidClientTokenId":
                raise
            # STS knows the caller, so it is IAM that takes no session of GetSessionToken that was opened without MFA.
            line = f"IAM does not take these session credentials ({operation}); sign in with MFA"
            raise AccessDenied(line, operation=operation, code=error.code) from None

    def may_assume(self, iam_role: str) -> bool:
        """Whether AWS lets the caller assume this role (its ARN); a role that does not exist is refused just so."""
        client = self._session.client("sts")
        try:
            with self._session.calling("sts:AssumeRole"):
                client.assume_role(RoleArn=iam_role, RoleSessionName=session_name(self._caller_arn))
        except AccessDenied:
            return False
        return True

    @cached_property
    def _caller_arn(self) -> str:
        return self._session.caller().arn
