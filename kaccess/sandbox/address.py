"""Where a running sandbox is to be found, and how a client is pointed at it.

The address is a small file in the sandbox's folder, beside the AWS files of its people. This module needs none of the
sandbox's own packages, so that a command line can point at a sandbox without loading it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from kaccess.model.errors import KaccessError

ADDRESS_FILE: Final = "sandbox.json"
CA_FILE: Final = "ca.crt"
CREDENTIALS_FILE: Final = "credentials"
CONFIG_FILE: Final = "config"
MFA_FILE: Final = "mfa.json"
"""The secrets (base32) of people's virtual MFA devices, by person."""

LOG_FILE: Final = "server.log"


AUTHENTICATION_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""EKS's authenticationModes, in the only direction a cluster may move, one step at a time (EKS user guide)."""

DEFAULT_MODE: Final = "API"
"""What new clusters are advised to have; the ConfigMap is deprecated (EKS user guide)."""


NOT_ON_WINDOWS: Final = "the sandbox needs Linux or macOS; on Windows run it under WSL"


class SandboxError(KaccessError):
    """The sandbox cannot be started, found or ended."""


@dataclass(frozen=True)
class SandboxAddress:
    """A running sandbox: its folder, the URLs of its AWS and its Kubernetes API, its process and its profiles.

    `authentication_mode` is the one that its cluster had at first.
    """

    folder: Path
    aws_url: str
    kube_url: str
    region: str
    cluster: str
    authentication_mode: str
    pid: int
    profiles: tuple[str, ...]

    @property
    def ca_file(self) -> Path:
        """The PEM of the authority behind the Kubernetes API's certificate."""
        return self.folder / CA_FILE

    def save(self) -> None:
        """Write the address file in one step: whoever sees it sees all of it."""
        value = {key: value for key, value in asdict(self).items() if key != "folder"}
        draft = self.folder / f"{ADDRESS_FILE}.{self.pid}"
        draft.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
        draft.replace(self.folder / ADDRESS_FILE)

    @classmethod
    def load(cls, folder: Path) -> SandboxAddress | None:
        """The address in `folder`, whether or not the sandbox still runs; None without one.

        Raises:
            SandboxError: the file cannot be read.
        """
        path = folder / ADDRESS_FILE
        try:
            value = json.loads(path.read_text("utf-8"))
            return cls(folder=folder, **{**value, "profiles": tuple(value["profiles"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SandboxError(f"{path}: not a sandbox's address ({error}); run `kaccess sandbox down`") from error


def mfa_seed(address: SandboxAddress, person: str) -> str:
    """The secret of a person's virtual MFA device (base32), from which an authenticator app makes codes.

    Raises:
        SandboxError: they have none.
    """
    try:
        seed = json.loads((address.folder / MFA_FILE).read_text("utf-8"))[person]
    except (OSError, ValueError, KeyError):
        raise SandboxError(f"{person} has no MFA device in this sandbox") from None
    return str(seed)


def environment(address: SandboxAddress, profile: str) -> dict[str, str]:
    """The variables that make AWS SDKs, and so kaccess, use the sandbox as the person with this profile.

    Raises:
        SandboxError: there is no such profile.
    """
    if profile not in address.profiles:
        raise SandboxError(f"the sandbox has no profile {profile!r}; it has {', '.join(address.profiles)}")
    return {
        "AWS_ENDPOINT_URL": address.aws_url,
        "AWS_SHARED_CREDENTIALS_FILE": str(address.folder / CREDENTIALS_FILE),
        "AWS_CONFIG_FILE": str(address.folder / CONFIG_FILE),
        "AWS_PROFILE": profile,
        "AWS_REGION": address.region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
