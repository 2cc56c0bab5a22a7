import pytest
from hypothesis import given

from kaccess.model.rule import Rule
from kaccess.rbac.allow import rule_allows, rules_allow
from kaccess.rbac.request import Request
from tests.rbac.strategies import requests, rule_lists, rules

PODS = Request("get", "pods", namespace="dev", name="web")


def rule(verbs="get", groups="", resources="pods", names=(), urls=()):
    return Rule((verbs,), (groups,), (resources,), tuple(names), tuple(urls))


@pytest.mark.parametrize(
    ("held", "request_", "allowed"),
    [
        (rule(), PODS, True),
        (rule("*"), PODS, True),
        (rule("Get"), PODS, False),
        (rule("ge*"), PODS, False),
        (rule("list"), PODS, False),
        (rule("*"), Request("impersonate:user-info", "pods"), True),
    ],
)
def test_verbs_are_exact_or_a_star(held, request_, allowed):
    assert rule_allows(held, request_) is allowed


@pytest.mark.parametrize(
    ("group", "requested", "allowed"),
    [
        ("", "", True),
        ("apps", "apps", True),
        ("*", "", True),
        ("*", "apps", True),
        ("", "apps", False),
        ("apps", "", False),
        ("Apps", "apps", False),
        ("*.k8s.io", "metrics.k8s.io", False),
    ],
)
def test_api_groups_are_exact_or_a_star_and_the_core_group_is_empty(group, requested, allowed):
    assert rule_allows(rule(groups=group), Request("get", "pods", requested)) is allowed


@pytest.mark.parametrize(
    ("resource", "requested", "subresource", "allowed"),
    [
        ("pods", "pods", "", True),
        ("pods", "pods", "log", False),
        ("pods/log", "pods", "log", True),
        ("pods/log", "pods", "", False),
        ("pods/log", "pods", "exec", False),
        ("pods/*", "pods", "log", False),
        ("*", "pods", "", True),
        ("*", "pods", "log", True),
        ("*/scale", "deployments", "scale", True),
        ("*/scale", "deployments", "", False),
        ("*/scale", "deployments", "status", False),
        ("*/cale", "deployments", "scale", False),
        ("*/*", "deployments", "scale", False),
        ("*/", "pods", "", False),
        ("Pods", "pods", "", False),
        ("pod*", "pods", "", False),
    ],
)
def test_a_resource_covers_itself_alone_and_a_star_covers_subresources_too(resource, requested, subresource, allowed):
    assert rule_allows(rule(resources=resource), Request("get", requested, "", subresource)) is allowed


@pytest.mark.parametrize(
    ("names", "verb", "name", "allowed"),
    [
        ((), "get", "web", True),
        ((), "list", "", True),
        (("web",), "get", "web", True),
        (("db", "web"), "get", "web", True),
        (("web",), "get", "db", False),
        (("web",), "list", "", False),
        (("web",), "create", "", False),
        (("*",), "get", "web", False),
        (("",), "list", "", True),
    ],
)
def test_a_rule_with_names_allows_only_requests_that_carry_one_of_them(names, verb, name, allowed):
    assert rule_allows(rule("*", names=names), Request(verb, "pods", name=name)) is allowed


@pytest.mark.parametrize(
    ("url", "path", "allowed"),
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/", False),
        ("/healthz", "/healthz/etcd", False),
        ("/healthz*", "/healthz", True),
        ("/healthz*", "/healthzy", True),
        ("/healthz/*", "/healthz", False),
        ("/healthz/*", "/healthz/etcd", True),
        ("/healthz**", "/healthz/etcd", True),
        ("/*/etcd", "/healthz/etcd", False),
        ("*", "/anything", True),
        ("/*", "/anything", True),
        ("/Healthz", "/healthz", False),
    ],
)
def test_urls_match_exactly_or_by_what_stands_before_a_trailing_star(url, path, allowed):
    assert rule_allows(Rule(("get",), non_resource_urls=(url,)), Request("get", path=path)) is allowed


def test_resources_say_nothing_about_paths_and_urls_nothing_about_resources():
    everything = Rule(("*",), ("*",), ("*",))
    every_url = Rule(("*",), non_resource_urls=("*",))
    assert not rule_allows(everything, Request("get", path="/metrics"))
    assert not rule_allows(every_url, PODS)
    assert not rule_allows(every_url, Request("get", "pods"))


@pytest.mark.parametrize("empty", ["verbs", "api_groups", "resources"])
def test_an_empty_list_matches_nothing(empty):
    fields = {"verbs": ("*",), "api_groups": ("*",), "resources": ("*",), empty: ()}
    assert not rule_allows(Rule(**fields), PODS)


def test_no_rules_allow_nothing():
    assert not rules_allow([], PODS)


@given(rule_lists, rules, requests)
def test_rules_only_ever_add(held, more, request_):
    assert rules_allow([*held, more], request_) == (rules_allow(held, request_) or rule_allows(more, request_))
