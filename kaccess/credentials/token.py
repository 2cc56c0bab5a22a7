"""What a cluster token is and what it is asked for. Plain classes: a cache hit cannot afford dataclasses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime


class TokenRequest:
    """A token for the EKS cluster named `cluster`, by the credentials of `profile`, as `iam_role` (an ARN) if given."""

    __slots__ = ("cluster", "iam_role", "profile", "region")

    def __init__(self, cluster: str, region: str, profile: str | None = None, iam_role: str | None = None) -> None:
        self.cluster = cluster
        self.region = region
        self.profile = profile
        self.iam_role = iam_role


class Token:
    """A bearer token, which its representation hides, and its announced end in whole seconds since the epoch."""

    __slots__ = ("expires", "text")

    def __init__(self, text: str, expires: int) -> None:
        self.text = text
        self.expires = expires

    def __repr__(self) -> str:
        return f"Token(text=<hidden>, expires={self.expires})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and (self.text, self.expires) == (other.text, other.expires)

    def __hash__(self) -> int:
        return hash((self.text, self.expires))

    @property
    def expires_at(self) -> datetime:
        """The announced end as an aware datetime."""
        from datetime import datetime, timezone  # noqa: PLC0415 - not on a cache hit

        return datetime.fromtimestamp(self.expires, timezone.utc)
