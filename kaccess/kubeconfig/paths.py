"""Which files are the kubeconfig, by kubectl's rules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def kubeconfig_paths(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The files that KUBECONFIG lists, in its order and each once; without it, the one in `home`."""
    listed = [Path(part) for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return tuple(dict.fromkeys(listed)) or (home / ".kube" / "config",)


def new_entries_path(paths: tuple[Path, ...]) -> Path:
    """Where kubectl puts a new entry: into the first file that exists, or the last one if none does."""
    return next((path for path in paths if path.exists()), paths[-1])
