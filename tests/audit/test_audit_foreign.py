"""Bindings of others that reach the whole cluster, and those to service accounts that are not there."""

import pytest

from kaccess.audit.codec import decode, encode
from kaccess.audit.scope import gives_in_namespaces
from kaccess.audit.snapshot import Snapshot
from kaccess.model.finding import Severity
from kaccess.model.rule import Rule, Subject
from kaccess.workflows.audit import audit

from .plants import BOT, foreign, foreign_everywhere
from .worlds import PODS, Cluster, group

GONE = Subject("ServiceAccount", "gone", "legacy")


def found(cluster):
    (one,) = audit(cluster.snapshot()).clusters
    return one.findings


def bound(rules, *subjects):
    cluster = Cluster()
    cluster.cluster_role("given", *rules)
    cluster.bind("", "given", "given", *subjects)
    cluster.service_accounts.append("kube-node-lease/agent")
    return [(each.id, str(each.severity), each.what) for each in found(cluster)]


def test_one_that_reaches_every_namespace_is_info_and_one_in_a_namespace_is_low():
    cluster = Cluster()
    foreign(cluster)
    foreign_everywhere(cluster)
    assert [(each.id, each.severity) for each in found(cluster)] == [
        ("foreign-binding", Severity.LOW),
        ("foreign-binding", Severity.INFO),
    ]


@pytest.mark.parametrize(
    ("rule", "is_so"),
    [
        (PODS[0], True),
        (Rule(("get",), ("", "example.com"), ("nodes", "widgets")), True),
        (Rule(("get",), ("",), ("nodes/metrics", "namespaces")), False),
        (Rule(("get",), ("apiextensions.k8s.io",), ("*",)), False),
        (Rule(("get",), ("storage.k8s.io",), ("storageclasses",)), False),
        (Rule(("get",), ("storage.k8s.io",), ("*",)), True),
        (Rule(("get",), ("*",), ("nodes",)), True),
        (Rule(("get",), non_resource_urls=("/metrics",)), False),
    ],
)
def test_what_gives_something_in_namespaces(rule, is_so):
    assert gives_in_namespaces(rule) is is_so
    assert bool(bound([rule], BOT)) is is_so


@pytest.mark.parametrize(
    "subject",
    [
        Subject("ServiceAccount", "agent", "kube-system"),
        Subject("ServiceAccount", "agent", "kube-node-lease"),
        Subject("User", "system:serviceaccount:kube-system:agent"),
        group("system:serviceaccounts:kube-system"),
        group("system:nodes"),
    ],
)
def test_the_clusters_own_parts_are_quiet(subject):
    assert bound(PODS, subject) == []


def test_who_is_bound_is_named_but_those_of_whom_something_else_is_said():
    crowd = group("system:serviceaccounts:legacy")
    assert bound(PODS, BOT, crowd) == [
        (
            "foreign-binding",
            "info",
            f"it gives ClusterRole given in every namespace to ServiceAccount legacy/bot, Group {crowd.name}",
        )
    ]
    assert bound(PODS, BOT, GONE) == [
        ("nobody-bound", "low", "there is no ServiceAccount legacy/gone"),
        ("foreign-binding", "info", "it gives ClusterRole given in every namespace to ServiceAccount legacy/bot"),
    ]
    assert [each[0] for each in bound(PODS, BOT, group("system:authenticated"))] == ["everybody-bound"]
    assert [each[0] for each in bound(PODS, BOT, group("kaccess:team"))] == ["own-group-bound"]
    assert [each[0] for each in bound((Rule(("get",), ("",), ("secrets",)),), BOT)] == ["secrets-read"]


def test_a_missing_service_account_is_one_in_whatever_words_it_is_bound():
    as_user = Subject("User", "system:serviceaccount:legacy:gone")
    cluster = Cluster()
    cluster.cluster_role("pods", *PODS)
    cluster.bind("legacy", "both", "pods", GONE, as_user, group("ghosts"))
    (finding,) = found(cluster)
    assert (finding.id, finding.principal) == ("nobody-bound", "Group ghosts")
    assert finding.what == "no entry leads to Group ghosts; there is no ServiceAccount legacy/gone"


def test_an_audit_saved_before_service_accounts_were_asked_for_finds_none_missing():
    cluster = Cluster()
    cluster.cluster_role("pods", *PODS)
    cluster.bind("legacy", "robots", "pods", GONE)
    data = encode(cluster.snapshot())
    (one,) = data["clusters"]
    del one["service_accounts"]
    old = audit(decode(Snapshot, data)).clusters[0]
    assert old.findings == ()
    assert [each.who for each in old.unknown] == ["service accounts that bindings name"]
