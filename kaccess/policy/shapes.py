"""What names, accounts, regions, ARNs and times must look like; each check says what is wrong, or nothing.

Sources: IAM quotas (names), DNS labels of RFC 1123 as Kubernetes takes them (namespaces), Kubernetes' label syntax,
EKS's CreateCluster (cluster names), RFC 3339 (times). Patterns are ASCII on purpose: letters of other alphabets that
look the same would make two names out of what people read as one. Where one is met, it is named by its code point.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.names import DIRECTORY_ROLE, PROTECTED_NAMESPACES
from kaccess.policy.problems import show

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_IAM_NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_IAM_USER: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_PERMISSION_SET: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,32}")
_CLUSTER: Final = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
_REGION: Final = re.compile(r"[a-z]{2,}(-[a-z]+){1,3}-[0-9]{1,2}")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_PRINCIPAL: Final = re.compile(r"(?P<kind>role|user)/(?P<path>([!-.0-~]+/)*)[A-Za-z0-9_+=,.@-]{1,64}")
_SERVICE_LINKED: Final = "aws-service-role/"
_PROFILE: Final = re.compile(r"[!-~]([ -~]*[!-~])?")
_PATTERN: Final = re.compile(r"[-a-z0-9*?\[\]!]{1,63}")
_CLUSTER_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,252}")
_NOT_FOR_PEOPLE: Final = ("system:", "eks:")
"""How the names of what belongs to Kubernetes and to EKS begin."""

_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LABEL_PREFIX: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_TIME: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ](?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DURATION: Final = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[mhd])")
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def wrong_group(name: str) -> str:
    """What is wrong with the name of a group, which is also the name of an IAM group."""
    return _unless(_IAM_NAME, "a group name", name, "1 to 128 of the letters A-Z a-z 0-9 _ + = , . @ -")


def wrong_iam_group(name: str) -> str:
    """What is wrong with the name of an IAM group."""
    return _unless(_IAM_NAME, "an IAM group name", name, "1 to 128 of the letters A-Z a-z 0-9 _ + = , . @ -")


def wrong_iam_user(name: str) -> str:
    """What is wrong with the name of an IAM user."""
    return _unless(_IAM_USER, "an IAM user name", name, "1 to 64 of the letters A-Z a-z 0-9 _ + = , . @ -")


def wrong_permission_set(name: str) -> str:
    """What is wrong with the name of a permission set."""
    return _unless(_PERMISSION_SET, "a permission set name", name, "1 to 32 of the letters A-Z a-z 0-9 _ + = , . @ -")


def wrong_role(name: str) -> str:
    """What is wrong with the name of a role."""
    if name == DIRECTORY_ROLE:
        return f"the role name {show(name)} is kaccess's own; choose another"
    return _unless(_DNS_LABEL, "a role name", name, "up to 63 of a-z 0-9 -, with a letter or digit at both ends")


def wrong_namespace(name: str) -> str:
    """What is wrong with the name of a namespace that a policy is to grant in."""
    if name in PROTECTED_NAMESPACES:
        return f"the namespace {show(name)} is protected: write access to it is a way to the whole cluster"
    return _unless(_DNS_LABEL, "a namespace name", name, "up to 63 of a-z 0-9 -, with a letter or digit at both ends")


def wrong_match(pattern: str) -> str:
    """What is wrong with a shell-style pattern of namespace names."""
    return _unless(_PATTERN, "a pattern", pattern, "a namespace name with the wildcards * ? [...]")


def wrong_alias(name: str) -> str:
    """What is wrong with the alias of a cluster."""
    return _unless(_CLUSTER, "a cluster alias", name, "up to 100 of A-Z a-z 0-9 _ -, with a letter or digit first")


def wrong_cluster(name: str) -> str:
    """What is wrong with the EKS name of a cluster."""
    return _unless(_CLUSTER, "a cluster name", name, "up to 100 of A-Z a-z 0-9 _ -, with a letter or digit first")


def wrong_region(name: str) -> str:
    """What is wrong with the name of an AWS region; whether it exists is left to AWS."""
    return _unless(_REGION, "a region", name, "a name like eu-south-1")


def wrong_account(number: str) -> str:
    """What is wrong with an AWS account number."""
    return _unless(_ACCOUNT, "an account number", number, "12 digits")


def wrong_iam_role(arn: str) -> str:
    """What is wrong with the ARN of an IAM role that people are to have."""
    return _wrong_arn(arn, ("role",), "an IAM role", "arn:PARTITION:iam::ACCOUNT:role/NAME")


def wrong_principal(arn: str) -> str:
    """What is wrong with the ARN of an IAM user or role."""
    expected = "arn:PARTITION:iam::ACCOUNT:user/NAME or .../role/NAME"
    return _wrong_arn(arn, ("user", "role"), "an IAM user or role", expected)


def wrong_profile(name: str) -> str:
    """What is wrong with the name of a profile of the AWS configuration."""
    return _unless(_PROFILE, "a profile name", name, "visible ASCII letters, spaces between them")


def wrong_cluster_role(name: str) -> str:
    """What is wrong with the name of a ClusterRole that a role binds."""
    if name.lower().startswith(_NOT_FOR_PEOPLE):
        owner = "EKS" if name.lower().startswith("eks:") else "Kubernetes itself"
        return f"the ClusterRole {show(name)} belongs to {owner} and is not for people; write a role with rules"
    return _unless(
        _CLUSTER_ROLE, "a ClusterRole name", name, "the letters A-Z a-z 0-9 : . _ -, with a letter or digit first"
    )


def wrong_label(key: str) -> str:
    """What is wrong with the key of a label."""
    prefix, slash, name = key.rpartition("/")
    if _LABEL_NAME.fullmatch(name) and (not slash or _LABEL_PREFIX.fullmatch(prefix)):
        return ""
    return f"{show(key)} is not a label key; expected NAME or PREFIX/NAME"


def wrong_label_value(value: str) -> str:
    """What is wrong with the value of a label."""
    return _unless(
        _LABEL_VALUE, "a label value", value, "up to 63 of A-Z a-z 0-9 - _ ., with a letter or digit at ends"
    )


def time_of(text: str) -> datetime:
    """The moment an RFC 3339 text names, in UTC.

    Raises:
        Usage: it is not such a text, has no time zone, or names a moment that does not exist.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise Usage(f"{show(text)} is not a time; write it like 2026-12-01T18:00:00Z")
    if not found["clock"]:
        raise Usage(f"{text} has no time of day; write it like {text}T18:00:00Z")
    if not found["zone"]:
        raise Usage(f"{text} has no time zone; write {text}Z if it is UTC")
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['clock']}+00:00")
        return (moment + timedelta(microseconds=_microseconds(found["fraction"]))) - _offset(found["zone"])
    except (ValueError, OverflowError) as error:
        raise Usage(f"{text} is a time that does not exist") from error


def time_text(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC, whole seconds: `2026-12-01T18:00:00Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def duration_of(text: str) -> timedelta:
    """The length of time that `30m`, `8h` or `2d` names; longer than nothing.

    Raises:
        Usage: it names none.
    """
    found = _DURATION.fullmatch(text)
    length = int(found["number"]) * _UNITS[found["unit"]] if found else timedelta()
    if not length:
        raise Usage(f"{show(text)} is no length of time; write 30m, 8h or 2d")
    return length


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - the last hour and minute of a day
        raise ValueError(zone)
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def _unless(pattern: re.Pattern[str], what: str, value: str, expected: str) -> str:
    return "" if pattern.fullmatch(value) else f"{show(value)} is not {what}; expected {expected}{_odd(value)}"


def _wrong_arn(arn: str, kinds: tuple[str, ...], what: str, expected: str) -> str:
    try:
        parsed = Arn.parse(arn) if not _odd(arn) else None
    except Usage as error:
        return str(error)
    found = _PRINCIPAL.fullmatch(parsed.resource) if parsed else None
    if not (parsed and found and found["kind"] in kinds and parsed.service == "iam" and not parsed.region):
        return f"{show(arn)} is not the ARN of {what}; expected {expected}{_odd(arn)}"
    if found["path"].lower().startswith(_SERVICE_LINKED):
        return f"{show(arn)} is a service-linked role, which EKS lets nobody use; name another"
    return wrong_account(parsed.account)


def _odd(text: str) -> str:
    """What a person cannot see: the first character that is not a visible letter, digit or sign of ASCII."""
    for position, each in enumerate(text, start=1):
        if not "!" <= each <= "~":
            return f"; character {position} is U+{ord(each):04X} {unicodedata.name(each, '')}".rstrip()
    return ""
