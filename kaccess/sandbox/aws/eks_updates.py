"""The updates of clusters that EKS tells of: here each is finished as soon as it is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kaccess.sandbox.aws.errors import AwsError


@dataclass
class Updates:
    """The updates of all clusters of an account, by cluster and id, in the shape EKS answers."""

    _done: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def finished(self, cluster: str, mode: str, at: datetime) -> Mapping[str, Any]:
        """Keep and return the update that changed the authenticationMode to `mode`."""
        update = {
            "id": str(uuid.uuid4()),
            "status": "Successful",
            "type": "AccessConfigUpdate",
            "params": [{"type": "AuthenticationMode", "value": f'"{mode}"'}],
            "createdAt": at.timestamp(),
            "errors": [],
        }
        return self._done.setdefault((cluster, str(update["id"])), update)

    def describe(self, cluster: str, update_id: str) -> Mapping[str, Any]:
        """The update.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        found = self._done.get((cluster, update_id))
        if found is None:
            raise AwsError("ResourceNotFoundException", f"No update found for ID: {update_id}", 404)
        return found
