"""The manifests that the benchmark hands kubectl are those of the policy."""

import json
from pathlib import Path

from .render import main

POLICIES = Path(__file__).parents[2] / "policies"


def test_what_kubectl_is_handed_is_what_the_policy_grants(tmp_path):
    main(POLICIES, tmp_path / "manifests.json")
    items = json.loads((tmp_path / "manifests.json").read_text())["items"]
    names = {(each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]) for each in items}
    assert ("RoleBinding", "development", "kaccess:payments-developers:developer") in names
    assert ("Role", "development", "kaccess:developer") in names
    assert {kind for kind, _, _ in names} == {"Namespace", "Role", "RoleBinding", "ConfigMap"}
