"""A guard around every test: nothing of the person who runs it is touched, and nothing leaves this machine."""

import ipaddress
import os
import pwd
import signal
import sys
from pathlib import Path

import pytest

import tests.preread  # noqa: F401 - importing it is all

pytest_plugins = ["tests.controlplane.summary"]  # here, where the process that reports reads it too

REAL_HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
PRIVATE = tuple(
    str(REAL_HOME / name) for name in (".aws", ".kube", ".config/kaccess", ".cache/kaccess", ".local/state/kaccess")
)
NOWHERE = "/dev/null/not-a-home"
"""A home that cannot be: what is looked for there is not found, what is written there fails."""


class GuardedAgainst(BaseException):
    """A test touched what is not its own; a BaseException, so that no handler swallows it."""


def guard(event, args):
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = os.path.abspath(os.fsdecode(args[0]))  # noqa: PTH100 - resolving would open what is guarded
        if f"{path}/".startswith(tuple(f"{private}/" for private in PRIVATE)):  # whole names: .kube is not .kube-tools
            raise GuardedAgainst(f"a test opened {path}; hand it a folder of its own")
    if event == "socket.connect" and isinstance(args[1], tuple) and not is_loopback(args[1][0]):
        raise GuardedAgainst(f"a test connected to {args[1]}; tests stay on loopback")


def is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pytest_configure():
    for name in [name for name in os.environ if name.startswith(("AWS_", "KACCESS_POLICY", "KUBE"))]:
        if name != "KUBEBUILDER_ASSETS":
            del os.environ[name]
    os.environ |= {
        "HOME": NOWHERE,
        "KUBECONFIG": f"{NOWHERE}/kubeconfig",
        "AWS_CONFIG_FILE": f"{NOWHERE}/config",
        "AWS_SHARED_CREDENTIALS_FILE": f"{NOWHERE}/credentials",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "NO_COLOR": "1",
        **{f"XDG_{name}_HOME": f"{NOWHERE}/{name}" for name in ("CONFIG", "CACHE", "STATE", "DATA")},
    }
    os.environ.pop("XDG_RUNTIME_DIR", None)
    # Ctrl-C is heard, here and in programs started from here, even if the tests run where a shell has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.addaudithook(guard)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the test's own, where kaccess and kubectl may keep what they keep."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path
