"""What can go wrong with a token."""

from __future__ import annotations

from kaccess.model.errors import KaccessError


class CredentialError(KaccessError):
    """A token cannot be made, or not be handed over in the form that was asked for."""
