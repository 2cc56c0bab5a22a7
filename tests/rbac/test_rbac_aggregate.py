import pytest

from kaccess.model.rule import Rule
from kaccess.rbac.aggregate import ClusterRole, Selector, aggregate


def rules(*resources):
    return tuple(Rule(("get",), ("",), (resource,)) for resource in resources)


def selects(**labels):
    return Selector.from_json({"matchLabels": labels})


@pytest.mark.parametrize(
    ("row", "labels", "matches"),
    [
        ({"key": "a", "operator": "In", "values": ["1", "2"]}, {"a": "2"}, True),
        ({"key": "a", "operator": "In", "values": ["1"]}, {"a": "2"}, False),
        ({"key": "a", "operator": "In", "values": ["1"]}, {}, False),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, {"a": "2"}, True),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, {"a": "1"}, False),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, {}, True),
        ({"key": "a", "operator": "Exists"}, {"a": ""}, True),
        ({"key": "a", "operator": "Exists"}, {"b": ""}, False),
        ({"key": "a", "operator": "DoesNotExist"}, {"b": ""}, True),
        ({"key": "a", "operator": "DoesNotExist", "values": None}, {"a": ""}, False),
    ],
)
def test_expressions_match_as_label_selectors_do(row, labels, matches):
    assert Selector.from_json({"matchExpressions": [row]}).matches(labels) is matches


def test_all_requirements_must_hold_and_none_means_everything():
    both = Selector.from_json({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]})
    assert both.matches({"a": "1", "b": ""})
    assert not both.matches({"a": "1"})
    assert not both.matches({"b": ""})
    assert Selector.from_json({"matchLabels": None}).matches({})


def test_rules_are_gathered_once_selector_by_selector_in_the_order_of_names():
    gathered = aggregate(
        [
            ClusterRole("all", rules("own"), {}, (selects(to="z"), selects(to="a"))),
            ClusterRole("z", rules("pods", "services"), {"to": "z"}),
            ClusterRole("b", rules("services", "secrets"), {"to": "a"}),
            ClusterRole("a", rules("configmaps"), {"to": "a"}),
            ClusterRole("other", rules("nodes"), {"to": "nobody"}),
        ]
    )
    assert gathered["all"] == rules("pods", "services", "configmaps", "secrets")
    assert gathered["other"] == rules("nodes")


def test_a_role_that_gathers_from_nobody_keeps_its_own_rules():
    gathers = ClusterRole("gathers", rules("own"), {}, (selects(to="gathers"),))
    without_rules = ClusterRole("source", (), {"to": "gathers"})
    assert aggregate([ClusterRole("empty", rules("own"), {}, ())])["empty"] == rules("own")
    assert aggregate([gathers, without_rules])["gathers"] == rules("own")


def test_own_rules_go_with_the_first_that_is_gathered():
    gathers = ClusterRole("gathers", rules("own"), {}, (selects(to="gathers"),))
    assert aggregate([gathers, ClusterRole("source", rules("pods"), {"to": "gathers"})])["gathers"] == rules("pods")


def test_a_role_does_not_gather_from_itself():
    itself = ClusterRole("self", rules("own"), {"to": "self"}, (selects(to="self"),))
    other = ClusterRole("other", rules("pods"), {"to": "self"})
    assert aggregate([itself, other])["self"] == rules("pods")


def test_a_chain_of_roles_is_followed_to_its_end_in_any_order_of_names():
    chain = [ClusterRole(f"r{i}", (), {"to": f"r{i - 1}"}, (selects(to=f"r{i}"),)) for i in range(5)]
    gathered = aggregate([*chain, ClusterRole("source", rules("pods"), {"to": "r4"})])
    assert all(gathered[f"r{i}"] == rules("pods") for i in range(5))


def test_roles_that_gather_from_each_other_come_to_rest_with_the_same_rules():
    gathered = aggregate(
        [
            ClusterRole("a", (), {"to": "b"}, (selects(to="a"),)),
            ClusterRole("b", (), {"to": "a"}, (selects(to="b"),)),
            ClusterRole("source", rules("pods"), {"to": "a"}),
        ]
    )
    assert gathered["a"] == gathered["b"] == rules("pods")


def test_a_manifest_is_read_with_its_nulls():
    role = ClusterRole.from_json(
        {
            "metadata": {"name": "x", "labels": None},
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "x"}}]},
            "rules": None,
        }
    )
    assert role == ClusterRole("x", (), {}, (selects(to="x"),))
    assert ClusterRole.from_json({"metadata": {"name": "y"}}).selectors is None
