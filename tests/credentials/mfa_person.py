"""Ana, who has keys with an MFA device, a role behind them, and what she runs."""

from __future__ import annotations

from tests.aws.fake_sts import SERIAL

ROLE = "arn:aws:iam::111122223333:role/payments"
PROMPT = f"MFA code of {SERIAL}: "
CONFIG = f"""
[profile me]
aws_access_key_id = AKIAANA
aws_secret_access_key = s
mfa_serial = {SERIAL}
[profile dev]
role_arn = {ROLE}
source_profile = me
"""


def words(cluster: str = "cardo-eks", profile: str = "me", *more: str) -> tuple[str, ...]:
    """The command line of a kubeconfig for this cluster and profile."""
    return ("token", "--cluster", cluster, "--region", "eu-south-1", "--profile", profile, *more)
