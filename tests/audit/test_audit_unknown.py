"""What nothing shows is listed with its reason, and takes nothing for granted."""

from dataclasses import replace

import pytest

from kaccess.workflows.audit import audit

from .plants import no_account, nobody
from .worlds import Cluster


def unknown(cluster, **of_cluster):
    read = cluster.snapshot()
    (one,) = audit(replace(read, clusters=(replace(read.clusters[0], **of_cluster),))).clusters
    return [f"{each.who}: {each.reason}" for each in one.unknown]


def test_of_a_cluster_that_tells_all_nothing_is_unknown():
    assert unknown(Cluster()) == []


@pytest.mark.parametrize(
    ("of_cluster", "said"),
    [
        ({"mode": "CONFIG_MAP", "entries": ()}, "the principal that created the cluster: is in system:masters"),
        ({"identity_providers": ("okta",)}, "the users of OIDC provider okta: come in with names and groups"),
        ({"identity_providers": None, "identity_providers_error": "not allowed"}, "is not known: not allowed"),
        ({"identity_providers": None}, "saved by a kaccess that did not ask"),
        ({"service_accounts": None, "service_accounts_error": "not allowed"}, "exist is not known: not allowed"),
        ({"service_accounts": None}, "saved by a kaccess that did not ask"),
        ({"aws_auth": None, "aws_auth_error": "line 1: no"}, "whoever aws-auth lets in: line 1: no"),
    ],
)
def test_what_a_cluster_does_not_tell_is_said(of_cluster, said):
    (line,) = unknown(Cluster(), **of_cluster)
    assert said in line


def test_what_of_an_account_was_not_read_is_said():
    read = Cluster().snapshot()
    account = replace(read.accounts[0], skipped=("last use of a key: not allowed",))
    (one,) = audit(replace(read, accounts=(account,))).clusters
    assert [each.reason for each in one.unknown] == ["last use of a key: not allowed"]


def test_whom_a_provider_lets_in_may_have_any_bound_name():
    cluster = Cluster()
    nobody(cluster)
    assert [each.id for each in audit(cluster.snapshot()).clusters[0].findings] == ["nobody-bound"]
    cluster.identity_providers = ("okta",)
    assert audit(cluster.snapshot()).clusters[0].findings == ()


def test_where_service_accounts_are_not_known_none_is_said_to_be_missing():
    cluster = Cluster()
    no_account(cluster)
    read = cluster.snapshot()
    assert [each.id for each in audit(read).clusters[0].findings] == ["nobody-bound"]
    unasked = replace(read, clusters=(replace(read.clusters[0], service_accounts=None),))
    assert audit(unasked).clusters[0].findings == ()


def test_no_provider_lets_in_service_accounts():
    cluster = Cluster()
    no_account(cluster)
    cluster.identity_providers = ("okta",)
    assert [each.id for each in audit(cluster.snapshot()).clusters[0].findings] == ["nobody-bound"]
