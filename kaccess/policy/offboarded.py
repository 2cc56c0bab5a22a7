"""Who the policy has taken out of everything.

IAM keeps the name of a user or role unique in its account, whatever its path and ignoring case (IAM quotas). So a line
that misses the path, or is spelled otherwise, still means the one principal there is.
"""

from __future__ import annotations

from kaccess.model.arn import Arn
from kaccess.model.policy import Policy


def is_offboarded(policy: Policy, principal: str) -> bool:
    """Whether the user or role with this ARN, with or without its path, is offboarded."""
    return person_of(principal) in {person_of(each.principal) for each in policy.offboarded}


def person_of(principal: str) -> tuple[str, ...]:
    """Equal for all the ARNs by which one IAM user or role may be called."""
    arn = Arn.parse(principal)
    return arn.partition, arn.account, arn.kind, arn.name.lower()
