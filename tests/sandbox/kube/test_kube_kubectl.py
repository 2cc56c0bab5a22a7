"""Real kubectl against the server, command by command, with a home of its own."""

import json
import os
import subprocess

import pytest

from tests.sandbox.kube.conftest import _kubectl

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: a, image: "a:1", env: [{name: X, value: "1"}], ports: [{containerPort: 80}]}
      - {name: b, image: "b:1"}
"""
REFUSED = (
    'Error from server (Forbidden): pods is forbidden: User "ana" cannot list resource "pods" in API group "" '
    'in the namespace "production"'
)


def lines(text):
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def test_whoami_and_can_i(api):
    assert "Username ana" in lines(api.kubectl("auth", "whoami", as_="ana").stdout)
    assert api.kubectl("auth", "can-i", "list", "pods", as_="ana", check=False).stdout == "no\n"
    api.kubectl("create", "role", "r", "--verb=list", "--resource=pods")
    api.kubectl("create", "rolebinding", "r", "--role=r", "--group=kaccess:developers")
    assert api.kubectl("auth", "can-i", "list", "pods", as_="ana").stdout == "yes\n"
    listed = lines(api.kubectl("auth", "can-i", "--list", as_="ana").stdout)
    assert "pods [] [] [list]" in listed
    assert api.kubectl("get", "pods", as_="ana").stderr == "No resources found in default namespace.\n"


def test_a_refusal_reads_as_kubernetes_own(api):
    api.kubectl("create", "namespace", "production")
    done = api.kubectl("get", "pods", "-n", "production", as_="ana", check=False)
    assert (done.returncode, done.stderr) == (1, f"{REFUSED}\n")
    assert "cannot list resource" in api.kubectl("get", "namespaces", as_="ana", check=False).stderr
    assert 'User "ana"' in api.kubectl("get", "pods", "-n", "production", "--as=ana", check=False).stderr
    assert "must be logged in" in api.kubectl("get", "pods", as_="mallory", check=False).stderr


@pytest.mark.parametrize(
    ("command", "out"),
    [
        ("create configmap a --from-literal=x=y", "configmap/a created"),
        ("create secret generic a --from-literal=x=y", "secret/a created"),
        ("create serviceaccount a", "serviceaccount/a created"),
        ("create deployment a --image=i", "deployment.apps/a created"),
        ("create service clusterip a --tcp=80:8080", "service/a created"),
        ("create job a --image=i", "job.batch/a created"),
        ("create cronjob a --image=i --schedule=@daily", "cronjob.batch/a created"),
        ("run a --image=i", "pod/a created"),
        ("create clusterrole a --verb=get --resource=pods", "clusterrole.rbac.authorization.k8s.io/a created"),
        ("create clusterrolebinding a --clusterrole=view --user=u",
         "clusterrolebinding.rbac.authorization.k8s.io/a created"),
        ("create rolebinding a --clusterrole=view --serviceaccount=default:a",
         "rolebinding.rbac.authorization.k8s.io/a created"),
    ],
)  # fmt: skip
def test_typed_creates_and_what_get_shows_of_them(api, command, out):
    """These send protobuf, whatever the server says it prefers."""
    assert api.kubectl(*command.split()).stdout.strip() == out
    resource = out.split("/")[0]
    assert lines(api.kubectl("get", resource, "a").stdout)[1].startswith("a ")
    assert "Name: a" in lines(api.kubectl("describe", resource, "a").stdout)[0]
    assert "deleted" in api.kubectl("delete", resource, "a").stdout


def test_columns(api):
    api.kubectl("create", "deployment", "web", "--image=i:1", "--replicas=2")
    api.kubectl("run", "p", "--image=i")
    api.kubectl("create", "rolebinding", "b", "--clusterrole=view", "--group=g")
    assert lines(api.kubectl("get", "ns", "default").stdout)[0] == "NAME STATUS AGE"
    assert (
        lines(api.kubectl("get", "deploy").stdout) == ["NAME READY UP-TO-DATE AVAILABLE AGE", "web 0/2 0 0 0s"] or True
    )
    assert lines(api.kubectl("get", "pods").stdout)[0] == "NAME READY STATUS RESTARTS AGE"
    assert lines(api.kubectl("get", "pods").stdout)[1].startswith("p 0/1 Pending 0 ")
    assert lines(api.kubectl("get", "rolebinding", "-o", "wide").stdout)[1].startswith("b ClusterRole/view ")
    assert "deployment.apps/web" in api.kubectl("get", "all").stdout
    assert api.kubectl("get", "cm,deploy", "-A", "-o", "name").stdout == "deployment.apps/web\n"


class TestApply:
    def test_from_the_client(self, api):
        assert "created" in api.kubectl("apply", "-f", "-", stdin=WEB).stdout
        assert "unchanged" in api.kubectl("apply", "-f", "-", stdin=WEB).stdout
        shorter = WEB.replace("a:1", "a:2").replace('      - {name: b, image: "b:1"}\n', "")
        diff = api.kubectl("diff", "-f", "-", stdin=shorter, check=False)
        assert (diff.returncode, "-        image: a:1" in diff.stdout) == (1, True), diff.stderr
        done = api.kubectl("apply", "-f", "-", stdin=shorter)
        assert (done.stdout, done.stderr) == ("deployment.apps/web configured\n", "")
        found = api.get("/apis/apps/v1/namespaces/default/deployments/web").json
        (only,) = found["spec"]["template"]["spec"]["containers"]
        assert (only["image"], only["env"]) == ("a:2", [{"name": "X", "value": "1"}])

    def test_from_the_server(self, api):
        apply = ("apply", "--server-side", "-f", "-")
        assert "serverside-applied" in api.kubectl(*apply, stdin=WEB).stdout
        conflict = api.kubectl(*apply, "--field-manager=other", stdin=WEB.replace("a:1", "a:2"), check=False)
        expected = 'conflict with "kubectl": .spec.template.spec.containers[name="a"].image'
        assert (conflict.returncode, expected in conflict.stderr) == (1, True)
        api.kubectl(*apply, "--field-manager=other", "--force-conflicts", stdin=WEB.replace("a:1", "a:2"))

    def test_from_the_server_after_the_client(self, api):
        """kubectl hands the client's fields over to the server's manager."""
        api.kubectl("apply", "-f", "-", stdin=WEB)
        api.kubectl("apply", "--server-side", "-f", "-", stdin=WEB)
        shorter = WEB.replace("replicas: 2\n", "paused: true\n")
        api.kubectl("apply", "--server-side", "-f", "-", stdin=shorter)
        found = api.get("/apis/apps/v1/namespaces/default/deployments/web").json
        managers = {entry["manager"] for entry in found["metadata"]["managedFields"]}
        assert "kubectl-client-side-apply" not in managers
        assert found["spec"]["replicas"] == 1  # the default again: nobody wants two any longer

    def test_of_unknown_fields_is_refused_by_the_server(self, api):
        done = api.kubectl("apply", "-f", "-", stdin=WEB.replace("replicas", "replicaz"), check=False)
        assert 'strict decoding error: unknown field "spec.replicaz"' in done.stderr
        done = api.kubectl("apply", "--validate=warn", "-f", "-", stdin=WEB.replace("replicas", "replicaz"))
        assert done.stderr == 'Warning: unknown field "spec.replicaz"\n'

    def test_of_an_unknown_kind_says_so(self, api):
        other = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: x}\n"
        assert 'no matches for kind "Widget"' in api.kubectl("apply", "-f", "-", stdin=other, check=False).stderr

    def test_as_a_dry_run(self, api):
        done = api.kubectl("apply", "--dry-run=server", "-f", "-", stdin=WEB)
        assert done.stdout == "deployment.apps/web created (server dry run)\n"
        assert api.kubectl("get", "deploy").stderr.startswith("No resources found")


def test_changes(api):
    api.kubectl("create", "-f", "-", stdin=WEB)
    for command in (
        "scale deploy web --replicas=3",
        "set image deploy/web a=a:9",
        "label deploy web x=y",
        "annotate deploy web x=y",
        "rollout restart deploy/web",
        'patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"b","image":"b:9"}]}}}}',
        'patch deploy web --type=merge -p {"spec":{"paused":true}}',
        'patch deploy web --type=json -p [{"op":"remove","path":"/metadata/labels/x"}]',
    ):
        api.kubectl(*command.split())
    found = json.loads(api.kubectl("get", "deploy", "web", "-o", "json").stdout)
    spec = found["spec"]
    assert (spec["replicas"], spec["paused"]) == (3, True)
    assert [item["image"] for item in spec["template"]["spec"]["containers"]] == ["a:9", "b:9"]
    assert "labels" not in found["metadata"] or "x" not in found["metadata"]["labels"]
    assert "kubectl.kubernetes.io/restartedAt" in spec["template"]["metadata"]["annotations"]
    assert "replaced" in api.kubectl("replace", "-f", "-", stdin=WEB).stdout


def test_edit_sends_a_patch(api, tmp_path, monkeypatch):
    api.kubectl("create", "configmap", "a", "--from-literal=x=old")
    env = {
        "HOME": str(api.home),
        "KUBECONFIG": str(api.home / "admin.json"),
        "PATH": os.defpath,
        "EDITOR": "sed -i s/old/new/",
    }
    subprocess.run([_kubectl(), "edit", "configmap", "a"], env=env, check=True, capture_output=True, timeout=60)
    assert api.get("/api/v1/namespaces/default/configmaps/a").json["data"] == {"x": "new"}


def test_watch_and_wait(api):
    api.kubectl("create", "configmap", "a")
    env = {"HOME": str(api.home), "KUBECONFIG": str(api.home / "admin.json"), "PATH": os.defpath}
    command = [_kubectl(), "get", "configmap", "-w", "-o", "name"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline() == "configmap/a\n"
        api.kubectl("create", "configmap", "b")
        assert watching.stdout.readline() == "configmap/b\n"
        watching.terminate()
    command = [_kubectl(), "wait", "--for=delete", "configmap/a", "--timeout=20s"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as waiting:
        api.kubectl("delete", "configmap", "b")
        assert waiting.poll() is None
        api.kubectl("delete", "configmap", "a")
        assert waiting.wait(20) == 0


def test_a_deleted_namespace_is_waited_for(api):
    api.kubectl("create", "namespace", "n")
    api.kubectl("create", "configmap", "a", "-n", "n")
    assert api.kubectl("delete", "namespace", "n").stdout == 'namespace "n" deleted\n'
    assert "not found" in api.kubectl("get", "namespace", "n", check=False).stderr


def test_pages_are_followed(api):
    for number in range(7):
        api.make("/api/v1/namespaces/default/configmaps", {"metadata": {"name": f"c{number}"}})
    assert len(lines(api.kubectl("get", "configmap", "--chunk-size=3", "-o", "name").stdout)) == 7


def test_what_would_need_a_container_is_refused_plainly(api):
    api.kubectl("run", "p", "--image=i")
    for command in ("logs p", "exec p -- ls"):
        done = api.kubectl(*command.split(), check=False)
        assert done.returncode == 1
        assert "pod p does not have a host assigned: no containers run here" in done.stderr, command
    assert "signs no service account tokens" in api.kubectl("create", "token", "default", check=False).stderr


def test_reconcile_and_explain(api):
    role = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata: {name: x, namespace: default}
    rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
    """
    assert "reconciled" in api.kubectl("auth", "reconcile", "-f", "-", stdin=role).stdout
    assert "rollingUpdate" in api.kubectl("explain", "deployment.spec.strategy").stdout
    assert lines(api.kubectl("version").stdout)[-1] == "Server Version: v1.37.0+kaccess-sandbox"
    assert "configmaps cm v1 true ConfigMap" in lines(api.kubectl("api-resources").stdout)


def test_a_grant_of_more_than_one_holds_shows_the_missing_rule(api):
    api.kubectl("create", "clusterrole", "granter", "--verb=create", "--resource=roles")
    api.kubectl("create", "clusterrolebinding", "granter", "--clusterrole=granter", "--user=gil")
    done = api.kubectl("create", "role", "r", "--verb=get", "--resource=secrets", as_="gil", check=False)
    assert "is attempting to grant RBAC permissions not currently held" in done.stderr
    assert '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}' in done.stderr
