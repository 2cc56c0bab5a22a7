"""ClusterRoles that gather their rules from others, as the controller of a real cluster keeps them."""

from tests.sandbox.kube.test_kube_access import RBAC, bind, rule

OWN, OTHER = rule(["get"], ["own"]), rule(["get"], ["other"])
GATHERS = {
    "metadata": {"name": "gathers"},
    "rules": [OWN],
    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "gathers"}}]},
}
SOURCE = {"metadata": {"name": "source", "labels": {"to": "gathers"}}, "rules": [OTHER]}


def rules(api, name="gathers"):
    return api.get(f"{RBAC}/clusterroles/{name}").json["rules"]


def test_labelled_cluster_roles_are_gathered(api):
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    widgets = rule(["get"], ["widgets"], ["example.com"])
    extra = {"metadata": {"name": "extra", "labels": label}, "rules": [widgets]}

    api.make(f"{RBAC}/clusterroles", extra)
    assert widgets in rules(api, "view")
    assert widgets in rules(api, "admin")
    api.ask("DELETE", f"{RBAC}/clusterroles/extra")
    assert widgets not in rules(api, "view")


def test_a_role_that_gathers_nothing_keeps_its_own_rules(api):
    api.make(f"{RBAC}/clusterroles", GATHERS)
    assert rules(api) == [OWN]
    bind(api, "ben", "unrelated", OTHER)
    assert rules(api) == [OWN]


def test_it_goes_empty_with_the_last_of_its_sources(api):
    api.make(f"{RBAC}/clusterroles", GATHERS)
    api.make(f"{RBAC}/clusterroles", SOURCE)
    assert rules(api) == [OTHER]
    api.ask("DELETE", f"{RBAC}/clusterroles/source")
    assert rules(api) is None


def test_it_has_only_its_own_rules_when_they_are_given_again(api):
    test_it_goes_empty_with_the_last_of_its_sources(api)
    assert api.ask("PUT", f"{RBAC}/clusterroles/gathers", GATHERS).code == 200
    assert rules(api) == [OWN]


def test_it_is_written_by_a_controller_whose_rules_no_change_outlives(api):
    api.make(f"{RBAC}/clusterroles", SOURCE)
    api.make(f"{RBAC}/clusterroles", GATHERS)
    assert api.ask("PUT", f"{RBAC}/clusterroles/gathers", GATHERS).code == 200
    assert rules(api) == [OTHER]
    managers = api.get(f"{RBAC}/clusterroles/gathers").json["metadata"]["managedFields"]
    owners = [entry["manager"] for entry in managers if "f:rules" in entry["fieldsV1"]]
    assert owners == ["clusterrole-aggregation-controller"]
