"""May this principal do that? IAM's evaluation within one account: an explicit denial wins, the default is denial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from moto.iam.models import Group, Role, User

from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.iam_conditions import Values
from kaccess.sandbox.aws.iam_policy import Decision, Question, decide, decide_trust
from kaccess.sandbox.aws.sessions import Credentials


@dataclass(frozen=True)
class Action:
    """Something asked of AWS: `name` is `iam:GetGroup`, `resource` an ARN or `*`, `context` more condition keys."""

    name: str
    resource: str = "*"
    context: Mapping[str, Values] = field(default_factory=dict)


def authorize(account: Account, caller: Credentials, action: Action, now: datetime) -> None:
    """Check that the policies of `caller` allow `action`.

    Raises:
        AwsError: AccessDenied.
    """
    principal = caller.principal
    decision = decide(_documents(account, principal), _question(account, caller, action, now))
    if decision is not Decision.ALLOWED:
        raise _denied(principal, action, decision)


def authorize_assume_role(account: Account, caller: Credentials, action: Action, role: Role, now: datetime) -> None:
    """Check that `caller` may assume `role`: its trust policy must, and the caller's own policies may have to.

    A trust policy that names the caller is enough within an account; one that names the account leaves it to IAM.

    Raises:
        AwsError: AccessDenied.
    """
    principal, question = caller.principal, _question(account, caller, action, now)
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


def _question(account: Account, caller: Credentials, action: Action, now: datetime) -> Question:
    principal = caller.principal
    context: dict[str, Values] = {
        "aws:userid": principal.user_id,
        "aws:principalarn": account.iam_arn(principal) or principal.arn,
        "aws:principalaccount": principal.account,
        "aws:requestedregion": account.region,
        "aws:currenttime": now.isoformat(),
        "aws:epochtime": str(int(now.timestamp())),
        **_session_keys(caller, now),
        **({} if principal.is_role else {"aws:username": principal.name}),
        **action.context,
    }
    return Question(action.name, action.resource, context)


def _session_keys(caller: Credentials, now: datetime) -> Mapping[str, Values]:
    """What only temporary credentials tell of their making: a user's own keys say nothing of MFA, not even `false`."""
    if caller.issued_at is None:
        return {}
    keys = {
        "aws:tokenissuetime": caller.issued_at.isoformat(),
        "aws:multifactorauthpresent": str(caller.with_mfa).lower(),
    }
    age = {"aws:multifactorauthage": str(int((now - caller.issued_at).total_seconds()))} if caller.with_mfa else {}
    return {**keys, **age}


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
