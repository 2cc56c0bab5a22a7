"""Which files are the kubeconfig, by kubectl's rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def kubeconfig_paths(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The files that KUBECONFIG lists, in its order and each once; without it, the one in `home`."""
    listed = [Path(part) for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return tuple(dict.fromkeys(listed)) or (_home(environ, home) / ".kube" / "config",)


def new_entries_path(paths: tuple[Path, ...]) -> Path:
    """Where kubectl puts a new entry: into the first file that exists, or the last one if none does."""
    return next((path for path in paths if path.exists()), paths[-1])


def _home(environ: Mapping[str, str], home: Path) -> Path:
    """The home by kubectl's rules: on Windows the first of three that has a kubeconfig, or else that is there."""
    if sys.platform != "win32":
        return home
    named, profile = environ.get("HOME"), environ.get("USERPROFILE")
    drive, path = environ.get("HOMEDRIVE"), environ.get("HOMEPATH")
    joined = f"{drive}{path}" if drive and path else None
    # The two orders are client-go's, `homedir.HomeDir`.
    having = [Path(each) for each in (named, joined, profile) if each and Path(each, ".kube", "config").exists()]
    there = [Path(each) for each in (named, profile, joined) if each and Path(each).is_dir()]
    return next(iter(having + there), home)
