"""An EC2 instance's own role, without a stall where there is no instance."""

from __future__ import annotations

import os
from typing import Final

import botocore.session
from botocore.credentials import InstanceMetadataProvider
from botocore.utils import InstanceMetadataFetcher, resolve_imds_endpoint_mode

METHOD: Final = "iam-role"
"""botocore's name for this provider."""

SECONDS: Final = 0.5
"""Patience with the metadata service, which is asked twice, by its second version and then by its first: a laptop has
none and is to know within a second. AWS_METADATA_SERVICE_TIMEOUT, or the same in the profile, sets another."""

_TIMEOUT: Final = "metadata_service_timeout"
_SETTINGS: Final = ("ec2_metadata_service_endpoint", "ec2_metadata_v1_disabled")
_REFRESH_WINDOW: Final = 15 * 60


def instance_provider(session: botocore.session.Session) -> InstanceMetadataProvider:
    """The provider of an instance's role; with AWS_EC2_METADATA_DISABLED it asks nobody."""
    configured = _TIMEOUT in session.get_scoped_config() or f"AWS_{_TIMEOUT.upper()}" in os.environ
    # Where people set it, it is whole seconds; the fetcher itself takes any number, whatever its types say.
    timeout: int = session.get_config_variable(_TIMEOUT) if configured else SECONDS  # type: ignore[assignment]
    fetcher = InstanceMetadataFetcher(
        timeout=timeout,
        num_attempts=session.get_config_variable("metadata_service_num_attempts"),
        user_agent=session.user_agent(),
        config={
            **{name: session.get_config_variable(name) for name in _SETTINGS},
            "ec2_metadata_service_endpoint_mode": resolve_imds_endpoint_mode(session),
            "ec2_credential_refresh_window": _REFRESH_WINDOW,
        },
    )
    return InstanceMetadataProvider(fetcher)
