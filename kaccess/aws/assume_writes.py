"""The IAM half of the one write path: one change of a role to assume, or of the policy that lets a group assume it.

IAM has no preconditions, so what is to be changed is read again just before: what another run of kaccess did already is
done, and what is not as the plan saw it stops this one.
"""

from __future__ import annotations

from kaccess.aws.assume_documents import check_group_policy, check_trust
from kaccess.aws.assume_roles import EXISTS, AssumeRoles
from kaccess.aws.errors import AccessDenied, AwsError, Conflict
from kaccess.model.iam_policy import same_policy
from kaccess.model.plan import Change
from kaccess.model.state import IamGroupPolicy, IamRole


def write(api: AssumeRoles, change: Change) -> None:
    """Make one change.

    Raises:
        Conflict: it is not what the plan saw, or someone else's.
        AwsError: it was not done, or (Unreachable) perhaps done; running again finishes it.
        Refused: the change is one that kaccess never makes.
        TypeError: the item is neither a role to assume nor a policy of an IAM group.
    """
    match change.before, change.after:
        case None, IamRole() as after:
            _create_role(api, after)
        case IamRole() as before, IamRole() as after:
            _update_role(api, before, after)
        case IamRole() as before, None:
            _delete_role(api, before)
        case (None | IamGroupPolicy()) as before, IamGroupPolicy() as after:
            _put_group_policy(api, before, after)
        case IamGroupPolicy() as before, None:
            _delete_group_policy(api, before)
        case _:
            raise TypeError("only roles to assume and policies of IAM groups are written through IAM")


def _create_role(api: AssumeRoles, after: IamRole) -> None:
    check_trust(after, api.account())
    try:
        api.create_role(after)
    except AwsError as error:
        if error.code != EXISTS:
            raise
        live = api.role(after.name)
        if live is None or not live.owned or not _same(live, after):
            raise _not_as_planned(after, live) from None


def _update_role(api: AssumeRoles, before: IamRole, after: IamRole) -> None:
    check_trust(after, api.account())
    live = _live(api, before)
    if live is None:
        raise _not_as_planned(before, live)
    if not _lies_between(before, live, after):
        raise _not_as_planned(before, live)
    if not same_policy(live.trust, after.trust):
        api.replace_trust(after)
    if live.session_seconds != after.session_seconds:
        api.set_duration(after)
    if live.group != after.group:
        api.set_group(after)


def _delete_role(api: AssumeRoles, before: IamRole) -> None:
    live = _live(api, before)
    if live is None:
        return
    if not _same(live, before):
        raise _not_as_planned(before, live)
    api.delete_role(before.name)


def _put_group_policy(api: AssumeRoles, before: IamGroupPolicy | None, after: IamGroupPolicy) -> None:
    check_group_policy(after)
    live = api.group_policy(after.iam_group)
    if live is not None and same_policy(live, after.document):
        return
    seen = before.document if before else None
    if live is None or seen is None:
        if live is not seen:
            raise _changed(after)
    elif not same_policy(live, seen):
        raise _changed(after)
    api.put_group_policy(after)


def _delete_group_policy(api: AssumeRoles, before: IamGroupPolicy) -> None:
    try:
        live = api.group_policy(before.iam_group)
        if live is None:
            return
        if not same_policy(live, before.document):
            raise _changed(before)
        api.delete_group_policy(before.iam_group)
    except AccessDenied as error:
        # The likely cause: IAM policies are rendered for the groups that the policy names.
        option = f"--former-iam-group {before.iam_group}"
        line = f"{error}; `kaccess render iam-policy` writes one that allows it if it is given {option}"
        raise AccessDenied(line, operation=error.operation, code=error.code) from None


def _live(api: AssumeRoles, before: IamRole) -> IamRole | None:
    live = api.role(before.name)
    if live is not None and not live.owned:
        raise _not_as_planned(before, live)
    return live


def _same(live: IamRole, other: IamRole) -> bool:
    return _lies_between(other, live, other)


def _lies_between(before: IamRole, live: IamRole, after: IamRole) -> bool:
    """Whether each part of the role is as the plan saw it, or as it shall be because another run got that far."""
    return (
        any(same_policy(live.trust, each.trust) for each in (before, after))
        and live.session_seconds in (before.session_seconds, after.session_seconds)
        and live.group in (before.group, after.group)
    )


def _not_as_planned(role: IamRole, live: IamRole | None) -> Conflict:
    if live is None:
        what = "is gone; run again"
    elif not live.owned:
        what = "is someone else's, without kaccess's tag or path; rename or delete it, or rename the group"
    else:
        what = "was made or changed by someone else meanwhile; run again"
    return Conflict(f"the IAM role {role.name} {what}", operation="iam:GetRole")


def _changed(policy: IamGroupPolicy) -> Conflict:
    line = f"the policy {policy.key.name} was changed by someone else meanwhile; run again"
    return Conflict(line, operation="iam:GetGroupPolicy")
