"""The doctor's checks of this machine: keyring, kubeconfig, and what graphical programs find."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from kaccess.kubeconfig.read import programs, read
from kaccess.model.errors import KaccessError
from kaccess.workflows.doctor import Answer, Chain, Check


def local_checks(
    keyring: Callable[[], object], paths: tuple[Path, ...], environ: Mapping[str, str]
) -> tuple[Chain, ...]:
    """The checks of the keyring, the kubeconfig, its plugin, and programs with and without a terminal.

    `keyring` fails with a `KaccessError` if there is none; `paths` are the files of the kubeconfig.
    """
    return (
        (Check("keyring", lambda: _keyring(keyring)),),
        (
            Check("kubeconfig", lambda: _kubeconfig(paths)),
            Check("plugin", lambda: _plugin(paths)),
            Check("graphical programs", lambda: _graphical(environ)),
        ),
        (Check("kubectl", lambda: _kubectl(environ)),),
    )


def _keyring(keyring: Callable[[], object]) -> Answer:
    try:
        keyring()
    except KaccessError as error:
        says, _, advice = str(error).partition("; ")
        return Answer(says, advice or "start one if your AWS profile uses MFA: without it a code lasts 14 minutes")
    return Answer("the system keyring can be used")


def _kubeconfig(paths: tuple[Path, ...]) -> Answer:
    contexts = read(paths)
    where = ", ".join(map(str, paths))
    if not contexts:
        return Answer(f"{where} has no context of kaccess", "run `kaccess login`")
    current = next((context.name for context in contexts if context.current), "none of them")
    return Answer(f"{where}: contexts of kaccess: {len(contexts)}, current: {current}")


def _plugin(paths: tuple[Path, ...]) -> Answer:
    found = programs(paths)
    for program in found:
        if not Path(program).is_absolute():
            raise KaccessError(f"{program} is not an absolute path; run `kaccess login`, which writes one")
        if not os.access(program, os.X_OK):
            raise KaccessError(f"{program} cannot be run; install kaccess there, or run `kaccess login`")
    return Answer(", ".join(found) or "nothing uses it yet")


def _graphical(environ: Mapping[str, str]) -> Answer:
    """Programs with windows start without the shell's variables."""
    if environ.get("AWS_ACCESS_KEY_ID"):
        return Answer(
            "your AWS keys are in this shell's environment, which they do not have",
            "keep the keys in a profile, and run `kaccess login --profile NAME`",
        )
    if any(environ.get(name) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")):
        return Answer(
            "your AWS files are named by this shell's environment, which they do not have",
            "keep the files in ~/.aws, or start the programs from a shell",
        )
    return Answer("they need nothing of this shell: the plugin's path and profile are in the kubeconfig")


def _kubectl(environ: Mapping[str, str]) -> Answer:
    found = shutil.which("kubectl", path=environ.get("PATH"))
    return Answer(found) if found else Answer("there is none on PATH", "install kubectl, or use k9s, Lens or helm")
