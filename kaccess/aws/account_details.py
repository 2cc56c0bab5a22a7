"""IAM of a whole account, for an audit: users, groups, roles, and what they may assume, in one list of IAM's.

When users were last seen is told by the account's credential report, if there is one; else user by user, as far as
that is worth the calls.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Any, Final

from kaccess.audit.snapshot import AccountSnapshot, Assuming, IamGroup, IamUser, TrustedRole
from kaccess.aws import user_facts
from kaccess.aws.errors import AwsError
from kaccess.aws.iam_lists import authorization_details
from kaccess.aws.session import AwsSession
from kaccess.model.errors import LoginNeeded
from kaccess.model.iam_policy import canonical
from kaccess.model.identity import UserFacts

MANY_USERS: Final = 200
"""Users from which on the last use of each is not asked for: it takes some four calls each."""

_READERS: Final = 8
_REPORT: Final = "make a credential report (aws iam generate-credential-report), and audit again"
_ASSUME: Final = "sts:AssumeRole"
_ALL_POWERFUL: Final = frozenset({"AdministratorAccess", "PowerUserAccess"})
"""AWS's own policies that allow to assume any role; the others allow none, as far as AWS documents them."""


def read(session: AwsSession, concerned: Iterable[str]) -> AccountSnapshot:
    """The account of these credentials.

    Args:
        session: the credentials.
        concerned: the ARNs of the users whose last use matters.

    Raises:
        LoginNeeded: the credentials are no good.
        AwsError: IAM does not tell who is in the account.
    """
    account = session.caller().account
    details = authorization_details(session, "User", "Group", "Role", "LocalManagedPolicy")
    attached = {policy["Arn"]: _document(policy) for policy in details["Policies"]}
    users = tuple(_user(raw, attached) for raw in details["UserDetailList"])
    groups = tuple(IamGroup(raw["GroupName"], _assuming(raw, "Group", attached)) for raw in details["GroupDetailList"])
    roles = tuple(_role(raw, attached) for raw in details["RoleDetailList"])
    used, skipped = _with_last_use(session, users, frozenset(concerned))
    return AccountSnapshot(account, tuple(sorted(used)), tuple(sorted(groups)), tuple(sorted(roles)), skipped)


def _user(raw: Mapping[str, Any], attached: Mapping[str, Mapping[str, Any]]) -> IamUser:
    return IamUser(
        raw["Arn"], _utc(raw["CreateDate"]), tuple(sorted(raw.get("GroupList") or ())), _assuming(raw, "User", attached)
    )


def _role(raw: Mapping[str, Any], attached: Mapping[str, Mapping[str, Any]]) -> TrustedRole:
    trust = canonical(raw["AssumeRolePolicyDocument"])
    return TrustedRole(raw["Arn"], _utc(raw["CreateDate"]), trust, _assuming(raw, "Role", attached))


def _document(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    versions = policy.get("PolicyVersionList") or ()
    return next((each["Document"] for each in versions if each.get("IsDefaultVersion")), {})


def _assuming(raw: Mapping[str, Any], kind: str, attached: Mapping[str, Mapping[str, Any]]) -> Assuming:
    """What the inline and attached policies of a user, group or role let assume."""
    documents = [each["PolicyDocument"] for each in raw.get(f"{kind}PolicyList") or ()]
    policies = raw.get("AttachedManagedPolicies") or ()
    documents += [attached[each["PolicyArn"]] for each in policies if each["PolicyArn"] in attached]
    statements = [statement for document in documents for statement in _statements(document)]
    allowed = {name for each in statements if each["Effect"] == "Allow" for name in _resources(each)}
    denied = {name for each in statements if _denies(each) for name in _resources(each)}
    names = {each["PolicyName"] for each in policies}
    if names & _ALL_POWERFUL:
        allowed.add("*")
    is_admin = "AdministratorAccess" in names or any(map(_allows_everything, statements))
    return Assuming(tuple(sorted(allowed)), tuple(sorted(denied)), is_admin)


def _statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those of a document that are about assuming roles."""
    found = document.get("Statement") or ()
    for each in [found] if isinstance(found, Mapping) else found:
        if "NotAction" in each:
            is_about = not any(_is(action) for action in _texts(each["NotAction"]))
        else:
            is_about = any(_is(action) for action in _texts(each.get("Action")))
        if is_about:
            yield each


def _is(action: str) -> bool:
    return fnmatchcase(_ASSUME.lower(), action.lower())


def _denies(statement: Mapping[str, Any]) -> bool:
    """A denial with a condition may not hold, and one that excepts resources is not followed."""
    return statement["Effect"] == "Deny" and not statement.get("Condition") and "Resource" in statement


def _resources(statement: Mapping[str, Any]) -> tuple[str, ...]:
    return _texts(statement.get("Resource")) if "Resource" in statement else ("*",)


def _allows_everything(statement: Mapping[str, Any]) -> bool:
    everything = "*" in _texts(statement.get("Action")) and "*" in _texts(statement.get("Resource"))
    return statement["Effect"] == "Allow" and everything and not statement.get("Condition")


def _texts(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value)) if isinstance(value, list) else ()


def _with_last_use(
    session: AwsSession, users: tuple[IamUser, ...], concerned: frozenset[str]
) -> tuple[tuple[IamUser, ...], tuple[str, ...]]:
    report = _credential_report(session)
    if report is not None:
        known = (replace(user, last_used=report[user.arn], use_is_known=True) for user in users if user.arn in report)
        found = {user.arn: user for user in known}
        return tuple(found.get(user.arn, user) for user in users), ()
    asked = [user for user in users if user.arn in concerned]
    if len(asked) > MANY_USERS:
        return users, (f"when {len(asked)} users were last seen was not asked for one by one; {_REPORT}",)
    with ThreadPoolExecutor(_READERS) as pool:
        facts = list(pool.map(lambda user: user_facts.read(session, user.name), asked))
    by_arn = {user.arn: _used(user, found) for user, found in zip(asked, facts, strict=True)}
    skipped = tuple(dict.fromkeys(str(skip) for each in facts for skip in each.skipped))
    passwords = sum(bool(each.console_password) for each in facts)
    if passwords:
        skipped += (
            f"when users with a password were last seen ({passwords} of those who come in) is not told; {_REPORT}",
        )
    return tuple(by_arn.get(user.arn, user) for user in users), skipped


def _used(user: IamUser, facts: UserFacts) -> IamUser:
    """Keys alone tell their last use here; of who also has a password, it is not known."""
    if facts.access_keys is None or facts.console_password is not False:
        return user
    used = [key.last_used for key in facts.access_keys if key.last_used is not None]
    return replace(user, last_used=max(used, default=None), use_is_known=True)


def _credential_report(session: AwsSession) -> dict[str, datetime | None] | None:
    """When each user was last seen, by their ARNs; None if nobody made a report of late."""
    try:
        with session.calling("iam:GetCredentialReport"):
            content = session.client("iam").get_credential_report()["Content"]
    except LoginNeeded:
        raise
    except AwsError:
        return None
    return {row["arn"]: _last_seen(row) for row in csv.DictReader(io.StringIO(content.decode()))}


def _last_seen(row: Mapping[str, str]) -> datetime | None:
    columns = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
    times = [row.get(column) or "" for column in columns]
    seen = [_utc(datetime.fromisoformat(text.replace("Z", "+00:00"))) for text in times if text[:1].isdigit()]
    return max(seen, default=None)


def _utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)
