"""Amazon Resource Names of the principals that may authenticate: IAM users and roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kaccess.model.errors import Usage

PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")

_REGIONS: Final = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
"""The partitions other than `aws` by how the names of their regions begin (botocore's partitions.json)."""

_ARN = re.compile(r"arn:(?P<partition>[^:]+):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>.+)")


@dataclass(frozen=True, order=True)
class Arn:
    """One ARN in its parts; `str()` gives back the text."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Read an ARN.

        Raises:
            Usage: `text` is no ARN or names a partition that AWS does not have.
        """
        found = _ARN.fullmatch(text)
        if found is None:
            raise Usage(f"{text!r} is not an ARN; expected arn:PARTITION:iam::ACCOUNT:user/NAME or .../role/NAME")
        if found["partition"] not in PARTITIONS:
            raise Usage(f"{text!r}: unknown partition {found['partition']!r}; AWS has {', '.join(PARTITIONS)}")
        return cls(**found.groupdict())

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def kind(self) -> str:
        """`user`, `role`, `assumed-role`, `root`, ..."""
        return self.resource.split("/", 1)[0]

    @property
    def name(self) -> str:
        """The last segment: a user's or role's name, an assumed role's session name."""
        return self.resource.rsplit("/", 1)[-1]

    @property
    def iam_role_name(self) -> str | None:
        """The role's name behind an `assumed-role` ARN of STS, which carries no path; None for any other ARN."""
        kind, _, rest = self.resource.partition("/")
        name, _, session = rest.partition("/")
        return name if self.service == "sts" and kind == "assumed-role" and session else None


def partition_of(region: str) -> str:
    """The partition of an AWS region: `aws-cn` for `cn-north-1`."""
    return next((partition for start, partition in _REGIONS.items() if region.startswith(start)), "aws")
