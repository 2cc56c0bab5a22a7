"""A sandbox whose cluster is another one's: EKS tells of that one, and no Kubernetes API is started."""

import base64

import boto3

from kaccess.sandbox import world
from kaccess.sandbox.server import KubeEndpoint, running_sandbox

OTHER = KubeEndpoint("https://127.0.0.1:6443", b"-----BEGIN CERTIFICATE-----\n")


def test_eks_tells_of_the_other_cluster(tmp_path, monkeypatch):
    with running_sandbox(tmp_path / "sandbox", cluster=OTHER) as sandbox:
        for name, value in sandbox.environment("ana").items():
            monkeypatch.setenv(name, value)
        eks = boto3.session.Session().client("eks")
        told = eks.describe_cluster(name=world.CLUSTER)["cluster"]
        eks.close()
        assert (told["endpoint"], told["certificateAuthority"]["data"]) == (sandbox.kube_url, sandbox.ca_data)
        assert sandbox.kube_url == OTHER.url
        assert base64.b64decode(sandbox.ca_data) == OTHER.authority_pem
        assert not (tmp_path / "sandbox" / "server.key").exists()
