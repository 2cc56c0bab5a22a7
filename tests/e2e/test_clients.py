"""Other programs than kubectl on the kubeconfig that login wrote: the Python client and helm."""

from pathlib import Path

import pytest
from kubernetes import client, config
from kubernetes.client import ApiException

from tests.e2e.helm import find_helm
from tests.e2e.planes import on_both_planes

pytestmark = on_both_planes

EXAMPLES = Path(__file__).parents[2] / "policies"
LABELS = {"app": "web"}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}},
    },
}
CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
TEMPLATE = """\
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: web}, ports: [{port: {{ .Values.port }}}]}
"""


def test_the_python_client_loads_the_kubeconfig(company, monkeypatch):
    company.policy(("payments-developers", "developer", "development"))
    company.apply()
    assert company.kaccess("ana", "login").code == 0
    for name, value in company.environment("ana").items():
        monkeypatch.setenv(name, value)
    kubeconfig = str(company.folder / "homes/ana/.kube/config")
    with config.new_client_from_config(kubeconfig, "cardo/development") as api:
        deployments = client.AppsV1Api(api)
        deployments.create_namespaced_deployment("development", DEPLOYMENT)
        found = deployments.list_namespaced_deployment("development").items
        assert [deployment.metadata.name for deployment in found] == ["web"]
        for refused in (
            lambda: deployments.list_namespaced_deployment("production"),
            lambda: deployments.create_namespaced_deployment("production", DEPLOYMENT),
            lambda: client.CoreV1Api(api).list_namespaced_secret("development"),
            lambda: client.CoreV1Api(api).list_namespace(),
        ):
            with pytest.raises(ApiException) as refusal:
                refused()
            assert refusal.value.status == 403


@pytest.fixture(scope="session")
def helm(tmp_path_factory):
    return find_helm(tmp_path_factory.mktemp("helm"))


@pytest.fixture
def chart(company):
    folder = company.folder / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "values.yaml").write_text("port: 80\n")
    (folder / "templates/service.yaml").write_text(TEMPLATE)
    return str(folder)


def test_helm_installs_where_the_example_policy_lets_it(company, helm, chart):
    """With the role `deployer`, whose comment says that releases must then be kept in ConfigMaps."""
    company.extra = {"KACCESS_POLICY": str(EXAMPLES), "HELM_DRIVER": "configmap"}
    company.apply()
    assert company.kaccess("carla", "login").code == 0

    def run(*words):
        return company.run("carla", helm, "--kube-context", "cardo/staging", *words)

    installed = run("install", "web", chart)
    assert installed.code == 0, installed.said
    upgraded = run("upgrade", "web", chart, "--set", "port=8080")
    assert upgraded.code == 0, upgraded.said
    assert run("list", "--short").out == "web\n"
    assert company.get("/api/v1/namespaces/staging/services/web")["spec"]["ports"][0]["port"] == 8080
    for words in (("install", "web", chart, "-n", "production"), ("list", "-A")):
        refused = run(*words)
        assert refused.code == 1
        assert "forbidden" in refused.err
    assert company.status("/api/v1/namespaces/production/services/web") == 404
