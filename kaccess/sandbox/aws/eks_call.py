"""One EKS request: its operation, and what its JSON body says, with the types it must have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

from kaccess.sandbox.aws.eks_routes import Operation
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest


@dataclass(frozen=True)
class Call:
    """An EKS request with its operation recognized."""

    operation: Operation
    request: AwsRequest

    @property
    def cluster(self) -> str:
        """The cluster that its path names."""
        return self.operation.parts["cluster"]

    def check_region(self, asked: str, home: str) -> None:
        """The sandbox's clusters are in one region; in others there are none, and none can be made.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        if asked != home and self.operation.name != "ListClusters":
            name = self.operation.parts.get("cluster", "")
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)

    @property
    def principal(self) -> str:
        """The principal that its path names."""
        return self.operation.parts["principal"]

    @property
    def resource(self) -> str:
        """The ARN that its path names."""
        return self.operation.parts["resource"]

    def text(self, name: str) -> str | None:
        """A text of the body; None if it is absent.

        Raises:
            AwsError: SerializationException.
        """
        value = self._body.get(name)
        if value is not None and not isinstance(value, str):
            raise _malformed(f"{name} must be a string")
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts of the body; None if it is absent.

        Raises:
            AwsError: SerializationException.
        """
        value = self._body.get(name)
        return None if value is None else as_texts(name, value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object of the body; empty if it is absent.

        Raises:
            AwsError: SerializationException.
        """
        value = self._body.get(name) or {}
        if not isinstance(value, dict):
            raise _malformed(f"{name} must be an object")
        return value

    def tags(self) -> Mapping[str, str]:
        """The tags in the body.

        Raises:
            AwsError: SerializationException.
        """
        tags = self.mapping("tags")
        as_texts("tags", list(tags.values()))
        return tags

    @cached_property
    def _body(self) -> dict[str, Any]:
        try:
            value = json.loads(self.request.body or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise _malformed("the body must be a JSON object")
        return value


def as_texts(name: str, value: object) -> tuple[str, ...]:
    """A JSON value as a list of texts; `name` is what it is called.

    Raises:
        AwsError: SerializationException.
    """
    if not _is_texts(value):
        raise _malformed(f"{name} must be a list of strings")
    return tuple(value)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _malformed(problem: str) -> AwsError:
    return AwsError("SerializationException", f"The request is malformed: {problem}")
