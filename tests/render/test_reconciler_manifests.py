from dataclasses import replace

import pytest
import yaml

from kaccess.model.errors import Usage
from kaccess.model.names import RECONCILER
from kaccess.render.deployment import Workload
from kaccess.render.reconciler import reconciler_documents
from kaccess.render.yaml_text import yaml_text
from tests.render.policies import CARDO, NOW, POLICY

WORKLOAD = Workload("registry.example/kaccess:1", policy_texts={"kaccess.yaml": "kind: AccessPolicy\n"})


def manifests(workload=WORKLOAD, **choices):
    text = yaml_text(reconciler_documents(POLICY, CARDO, NOW, workload, **choices))
    return list(yaml.safe_load_all(text))


def one(kind, found):
    return next(each for each in found if each["kind"] == kind)


def pod(found, kind="Deployment"):
    spec = one(kind, found)["spec"]
    return spec["template"]["spec"] if kind == "Deployment" else spec["jobTemplate"]["spec"]["template"]["spec"]


@pytest.mark.parametrize(("kind", "cron"), [("Deployment", ""), ("CronJob", "*/5 * * * *")])
def test_the_pod_is_as_restricted_as_pods_can_be(kind, cron):
    spec = pod(manifests(replace(WORKLOAD, cron=cron)), kind)
    container = spec["containers"][0]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert container["resources"]["limits"]["memory"]
    assert ("--once" in container["args"]) is bool(cron)


def test_what_is_named_is_there():
    found = manifests()
    spec = pod(found)
    assert one("ServiceAccount", found)["metadata"]["name"] == spec["serviceAccountName"]
    assert one("ConfigMap", found)["metadata"]["name"] == spec["volumes"][0]["configMap"]["name"]
    ports = {port["name"] for port in spec["containers"][0]["ports"]}
    assert spec["containers"][0]["livenessProbe"]["httpGet"]["port"] in ports
    namespaces = [each["metadata"]["name"] for each in found if each["kind"] == "Namespace"]
    assert namespaces == ["kaccess-system", "development", RECONCILER]
    declared = {each["metadata"].get("namespace") for each in found} - {None, "kube-system", "staging", "production"}
    assert declared <= set(namespaces)


def test_every_binding_names_a_role_that_is_there_and_the_one_group():
    found = manifests()
    roles = {
        (each["kind"], each["metadata"].get("namespace")) for each in found if each["kind"] in {"Role", "ClusterRole"}
    }
    for each in found:
        if each["kind"].endswith("RoleBinding") or each["kind"] == "RoleBinding":
            assert (each["roleRef"]["kind"], each["metadata"].get("namespace")) in roles
            assert [(subject["kind"], subject["name"]) for subject in each["subjects"]] == [("Group", RECONCILER)]


def test_the_iam_role_is_named_for_irsa_if_it_is_given():
    arn = "arn:aws:iam::111122223333:role/kaccess-reconciler"
    account = one("ServiceAccount", manifests(replace(WORKLOAD, iam_role=arn)))
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": arn}
    assert "annotations" not in one("ServiceAccount", manifests())["metadata"]


def test_a_policy_that_no_configmap_holds_is_refused():
    with pytest.raises(Usage, match="more than a ConfigMap holds"):
        manifests(replace(WORKLOAD, policy_texts={"big.yaml": "#" * 2**20}))
