# ruff: noqa: E501 - a message is checked as the one line it is
"""The sentences of `tests`: what proves them, what breaks them, and what cannot be decided here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.model.policy import Expectation
from kaccess.policy.expectations import check
from tests.policy.samples import CLUSTERS, HEAD, NOW, policy_of

WORLD = f"""\
{HEAD}{CLUSTERS}\
groups: {{idle: {{}}}}
namespaces:
  dev: {{create: true, labels: {{env: dev}}}}
  stage: {{}}
  prod: {{}}
roles:
  reader:
    rules:
      - {{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}}
      - {{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [one]}}
  deployer:
    rules: [{{apiGroups: [apps], resources: [deployments, deployments/scale], verbs: ["*"]}}]
  operator: {{cluster_role: made-by-someone}}
  viewer: {{cluster_role: view}}
grants:
  - {{group: pay, role: reader, namespaces: [dev, stage]}}
  - {{group: pay, role: deployer, namespaces: [dev]}}
  - {{group: old, role: deployer, namespaces: [dev, prod], until: 2026-11-24T12:00:00Z}}
  - {{group: ops, role: operator, namespaces: [prod]}}
  - {{group: eve, role: reader, namespaces: {{match: "pay-*"}}}}
  - {{group: lab, role: reader, namespaces: {{selector: {{env: lab}}}}}}
  - {{group: see, role: viewer, namespaces: [prod]}}
tests:
"""


def failures(*sentences):
    text = WORLD + "".join(f"  - {sentence}\n" for sentence in sentences)
    return [problem.message for problem in check(policy_of(text), NOW)]


@pytest.mark.parametrize(
    "sentence",
    [
        "pay can get pods in dev",
        "pay can get pods/log in stage",
        "pay can create deployments.apps in dev",
        "pay can update deployments.apps/scale in dev",
        "pay cannot update deployments.apps/status in dev",
        "pay cannot delete pods in dev",
        "pay cannot get pods in prod",
        "pay cannot get pods.metrics.k8s.io in dev",
        "old cannot create deployments.apps in prod",
        "idle cannot get pods in dev",
        "eve can get pods in pay-x",
        "eve cannot get pods in dev",
        "eve cannot get pods in kube-system",
        "lab cannot get pods in dev",
        "see can list deployments.apps in prod",
        "see cannot get secrets in prod",
        "only pay can create deployments.apps in dev",
        "nobody can delete pods in dev",
        "nobody can get pods in kube-system",
    ],
)
def test_what_holds(sentence):
    assert failures(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("pay can delete pods in dev", "not so, no grant in force allows it"),
        ("idle can get pods in dev", "not so, no grant in force allows it"),
        (
            "old can create deployments.apps in prod",
            "not so, the grant of deployer to old at p.yaml:22:5 ended at 2026-11-24T12:00:00Z",
        ),
        ("old can get pods in prod", "not so, no grant in force allows it"),
        ("pay cannot get pods in dev", "not so, the grant of reader to pay at p.yaml:20:5 allows it"),
        ("see cannot get configmaps in prod", "not so, the grant of viewer to see at p.yaml:26:5 allows it"),
        (
            "only pay can get pods in stage",
            "cannot be proven, the grant of reader to lab at p.yaml:25:5 chooses namespaces by labels that only the cluster knows",
        ),
        ("nobody can create deployments.apps in dev", "not so, the grant of deployer to pay at p.yaml:21:5 allows it"),
        (
            "ops can get pods in prod",
            "cannot be proven, since the grant of operator to ops at p.yaml:23:5 binds a ClusterRole whose rules only the cluster knows",
        ),
        (
            "ops cannot get pods in prod",
            "cannot be proven, the grant of operator to ops at p.yaml:23:5 binds a ClusterRole whose rules only the cluster knows",
        ),
        (
            "lab can get pods in stage",
            "cannot be proven, since the grant of reader to lab at p.yaml:25:5 chooses namespaces by labels that only the cluster knows",
        ),
    ],
)
def test_what_does_not_hold_says_why(sentence, expected):
    assert failures(sentence) == [f"{sentence}: {expected}"]


def test_a_grant_of_single_objects_breaks_a_cannot_and_does_not_make_a_can():
    assert failures("pay can get secrets in dev") == ["pay can get secrets in dev: not so, no grant in force allows it"]
    assert failures("pay cannot get secrets in dev") == [
        "pay cannot get secrets in dev: not so, the grant of reader to pay at p.yaml:20:5 allows it"
    ]


def test_only_fails_for_each_other_group_and_for_the_group_itself():
    assert failures("only eve can get pods in dev") == [
        "only eve can get pods in dev: not so, no grant in force allows it",
        "only eve can get pods in dev: not so, the grant of reader to pay at p.yaml:20:5 allows it",
    ]


def test_on_several_clusters_can_means_one_and_cannot_means_all():
    other = '  b: {name: b, region: eu-south-1, account: "111122223333"}\n'
    text = WORLD.replace(CLUSTERS, CLUSTERS + other).replace("[dev, stage]}", "[dev, stage], clusters: [b]}")
    policy = policy_of(text + "  - pay can get pods in stage\n  - pay cannot get pods in stage\n")
    assert [problem.place.line for problem in check(policy, NOW)] == [30]


@given(
    group=st.sampled_from(["pay", "old", "eve", "see", "idle"]),
    verb=st.sampled_from(["get", "list", "create", "delete"]),
    resource=st.sampled_from(["pods", "pods/log", "configmaps", "deployments.apps", "deployments.apps/scale"]),
    namespace=st.sampled_from(["dev", "stage", "prod", "kube-system"]),
)
def test_of_can_and_cannot_exactly_one_holds_where_all_is_known(group, verb, resource, namespace):
    holds = [not failures(str(Expectation(group, can, verb, resource, namespace))) for can in (True, False)]
    assert sorted(holds) == [False, True]
