import pytest
from hypothesis import given

from kaccess.model.rule import RBAC_GROUP, Rule
from kaccess.rbac.builtin import builtin_cluster_roles
from kaccess.rbac.catalogue import HAZARDS
from kaccess.rbac.risk import RISK_IDS, judge, risks
from tests.rbac.strategies import rule_lists, rules

REFUSED = {hazard.id for hazard in HAZARDS if hazard.severity == "refuse"}


def ids(*held):
    return {risk.id for risk in risks(held)}


def on(verbs, group, resources, *names):
    return Rule(tuple(verbs.split()), (group,), tuple(resources.split()), names)


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (on("escalate", RBAC_GROUP, "roles"), {"escalate"}),
        (on("escalate", "*", "clusterroles"), {"escalate"}),
        (on("escalate", "", "roles"), set()),
        (on("bind", RBAC_GROUP, "clusterroles", "view"), {"bind"}),
        (on("bind", RBAC_GROUP, "rolebindings"), set()),
        (on("*", RBAC_GROUP, "roles"), {"escalate", "bind", "rbac-write"}),
        (on("*", RBAC_GROUP, "rolebindings"), {"rbac-write"}),
        (on("get list watch", RBAC_GROUP, "roles rolebindings"), set()),
        *(
            (on(verb, RBAC_GROUP, "roles"), {"rbac-write"})
            for verb in ["create", "update", "patch", "delete", "deletecollection"]
        ),
        *(
            (on("patch", "*", kind), {"rbac-write"})
            for kind in ["roles", "rolebindings", "clusterroles", "clusterrolebindings"]
        ),
        (on("create", RBAC_GROUP, "*"), {"rbac-write"}),
        (on("impersonate", "", "users"), {"impersonate"}),
        (on("impersonate", "", "serviceaccounts", "bot"), {"impersonate"}),
        (on("impersonate:user-info", "authentication.k8s.io", "users"), {"impersonate"}),
        (on("impersonate:arbitrary-node", "authentication.k8s.io", "nodes"), {"impersonate"}),
        (on("impersonate-on:user-info:list", "apps", "deployments"), {"impersonate"}),
        (on("impersonate", "authentication.k8s.io", "userextras/scopes"), {"impersonate"}),
        (on("*", "", "serviceaccounts"), {"impersonate"}),
        (on("*", "authentication.k8s.io", "*"), {"impersonate", "wildcard-all"}),
        (on("create", "", "serviceaccounts/token"), {"token-minting"}),
        (on("create", "", "*/token"), {"token-minting"}),
        (on("create", "", "serviceaccounts"), set()),
        (on("get", "", "serviceaccounts/token"), set()),
        *((on(verb, "", "nodes/proxy"), {"nodes-proxy"}) for verb in ("get", "create", "*")),
        (on("get", "", "*/proxy"), {"nodes-proxy", "pods-proxy"}),
        (on("get", "", "nodes nodes/metrics"), set()),
        *((on(verb, "", "secrets", "tls"), {"secrets-read"}) for verb in ("get", "list", "watch", "*")),
        *((on(verb, "", "secrets"), {"secrets-read"}) for verb in ("patch", "delete", "deletecollection")),
        (on("create update", "", "secrets"), set()),
        (on("get", "secrets.example.com", "secrets"), set()),
        (on("list", "*", "*"), {"secrets-read", "nodes-proxy", "pods-proxy"}),
        *((on("create", "", f"pods/{sub}"), {"pods-exec"}) for sub in ("exec", "attach")),
        (on("get", "", "pods/exec"), {"pods-exec"}),
        (on("patch", "", "pods/ephemeralcontainers"), {"pods-exec"}),
        (on("create", "", "pods/portforward"), {"pods-portforward"}),
        (on("get", "", "services/proxy"), {"pods-proxy"}),
        *((on(verb, "", "pods"), {"create-workloads"}) for verb in ("create", "update", "patch", "*")),
        (on("create", "apps", "deployments"), {"create-workloads"}),
        (on("*", "apps", "statefulsets/scale"), set()),
        (on("create", "", "deployments"), set()),
        (on("patch", "batch", "cronjobs"), {"create-workloads"}),
        (on("get list watch delete", "", "pods pods/log"), set()),
        (on("patch", "", "namespaces", "dev"), {"namespace-relabel"}),
        (on("update", "", "namespaces/status"), {"namespace-relabel"}),
        (on("get list watch delete", "", "namespaces"), set()),
        (on("create", "", "persistentvolumes"), {"persistent-volumes"}),
        (on("create", "", "persistentvolumeclaims"), set()),
        (on("update", "certificates.k8s.io", "certificatesigningrequests/approval"), {"csr-approval"}),
        (on("create", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"), {"admission-control"}),
        (on("*", "example.com", "*"), {"wildcard-all"}),
        (on("*", "example.com", "widgets"), set()),
        (on("get", "", "configmaps"), set()),
        (Rule(("*",), non_resource_urls=("*",)), set()),
        (Rule(("impersonate",), non_resource_urls=("/users",)), set()),
    ],
    ids=lambda value: "-".join(sorted(value)) or "none" if isinstance(value, set) else str(value),
)
def test_a_rule_is_these_hazards_and_no_others(rule, found):
    assert ids(rule) == found


def test_everything_is_every_hazard():
    assert ids(on("*", "*", "*")) == RISK_IDS


@pytest.mark.parametrize(
    ("role", "refused", "warned"),
    [
        ("view", set(), set()),
        (
            "edit",
            {"impersonate", "token-minting"},
            {"secrets-read", "pods-exec", "pods-portforward", "pods-proxy", "create-workloads"},
        ),
        (
            "admin",
            {"impersonate", "token-minting", "rbac-write"},
            {"secrets-read", "pods-exec", "pods-portforward", "pods-proxy", "create-workloads"},
        ),
        ("cluster-admin", REFUSED, RISK_IDS - REFUSED),
    ],
)
def test_the_built_in_cluster_roles_are_judged_by_their_rules(role, refused, warned):
    found = risks(builtin_cluster_roles()[role])
    assert {risk.id for risk in found if risk.severity == "refuse"} == refused
    assert {risk.id for risk in found if risk.severity == "warn"} == warned


def test_each_risk_names_its_rule_in_the_order_of_the_rules():
    first, second = on("get", "", "secrets"), on("create get", "", "secrets pods/exec")
    assert [(risk.id, risk.rule) for risk in risks((first, second))] == [
        ("secrets-read", first),
        ("secrets-read", second),
        ("pods-exec", second),
    ]


def test_judge_leaves_out_what_the_role_accepts_and_nothing_else():
    held = (on("get", "", "secrets"), on("create", "", "pods/exec"))
    assert [risk.id for risk in judge(held, frozenset({"secrets-read"}))] == ["pods-exec"]
    assert judge(held, frozenset({"secrets-read", "pods-exec"})) == ()
    assert judge(held, frozenset({"wildcard-all"})) == risks(held)


def test_the_catalogue_has_unique_kebab_ids_and_says_why():
    assert len(RISK_IDS) == len(HAZARDS)
    for hazard in HAZARDS:
        assert hazard.id == hazard.id.lower().replace(" ", "-")
        assert hazard.title
        assert hazard.why


@given(rule_lists, rules)
def test_another_rule_never_removes_a_risk(held, more):
    assert set(risks(held)) <= set(risks((*held, more)))


@given(rules)
def test_wider_verbs_resources_or_groups_never_remove_a_risk(rule):
    if rule.resources:
        assert ids(rule) <= ids(Rule(("*", *rule.verbs), rule.api_groups, rule.resources))
        assert ids(rule) <= ids(Rule(rule.verbs, rule.api_groups, ("*", *rule.resources)))
        assert ids(rule) <= ids(Rule(rule.verbs, ("*", *rule.api_groups), rule.resources))
