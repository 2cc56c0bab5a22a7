"""What can go wrong with a kubeconfig."""

from __future__ import annotations

from kaccess.model.errors import KaccessError


class KubeconfigError(KaccessError):
    """A kubeconfig cannot be read or must not be changed; it is as it was."""
