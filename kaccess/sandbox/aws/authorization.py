"""May this principal do that? IAM's evaluation within one account: an explicit denial wins, the default is denial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from moto.iam.models import Group, Role, User

from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.iam_policy import Decision, Question, decide, decide_trust


@dataclass(frozen=True)
class Action:
    """Something asked of AWS: `name` is `iam:GetGroup`, `resource` an ARN or `*`, `context` more condition keys."""

    name: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def authorize(account: Account, principal: Principal, action: Action) -> None:
    """Check that the policies of `principal` allow `action`.

    Raises:
        AwsError: AccessDenied.
    """
    decision = decide(_documents(account, principal), _question(account, principal, action))
    if decision is not Decision.ALLOWED:
        raise _denied(principal, action, decision)


def authorize_assume_role(account: Account, principal: Principal, action: Action, role: Role) -> None:
    """Check that `principal` may assume `role`: its trust policy must, and the caller's own policies may have to.

    A trust policy that names the caller is enough within an account; one that names the account leaves it to IAM.

    Raises:
        AwsError: AccessDenied.
    """
    question = _question(account, principal, action)
    own = decide(_documents(account, principal), question)
    named = decide_trust(role.assume_role_policy_document, question, _own_names(account, principal))
    delegated = decide_trust(role.assume_role_policy_document, question, {account.id, account.arn("iam", "root")})
    if Decision.DENIED in (own, named, delegated):
        raise _denied(principal, action, Decision.DENIED)
    if named is Decision.ALLOWED or (delegated is Decision.ALLOWED and own is Decision.ALLOWED):
        return
    raise _denied(principal, action, Decision.UNMENTIONED)


def _own_names(account: Account, principal: Principal) -> set[str]:
    return {principal.arn, account.iam_arn(principal) or principal.arn}


def _question(account: Account, principal: Principal, action: Action) -> Question:
    context = {
        "aws:userid": principal.user_id,
        "aws:principalarn": account.iam_arn(principal) or principal.arn,
        "aws:principalaccount": principal.account,
        "aws:requestedregion": account.region,
        **({} if principal.is_role else {"aws:username": principal.name}),
        **action.context,
    }
    return Question(action.name, action.resource, context)


def _documents(account: Account, principal: Principal) -> Iterator[str]:
    owner = account.role(principal.name) if principal.is_role else account.user(principal.name)
    if owner is None:
        return
    yield from _policies_on(owner)
    if isinstance(owner, User):
        for group in account.iam.get_groups_for_user(owner.name):
            yield from _policies_on(group)


def _policies_on(owner: User | Role | Group) -> Iterator[str]:
    yield from owner.policies.values()
    for policy in owner.managed_policies.values():
        yield from (version.document for version in policy.versions if version.is_default)


def _denied(principal: Principal, action: Action, decision: Decision) -> AwsError:
    why = (
        "with an explicit deny in a policy"
        if decision is Decision.DENIED
        else f"because no identity-based policy allows the {action.name} action"
    )
    return forbidden(
        "AccessDenied",
        f"User: {principal.arn} is not authorized to perform: {action.name} on resource: {action.resource} {why}",
    )
