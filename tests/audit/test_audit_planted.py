"""One instance of each finding, planted alone: it is found once, at its place, and nothing else is."""

from dataclasses import replace

import pytest

from kaccess.audit.catalogue import KINDS
from kaccess.audit.snapshot import Assuming
from kaccess.model.access import Level
from kaccess.model.rule import Rule
from kaccess.rbac.catalogue import HAZARDS
from kaccess.report.audit_spoken import highest_levels
from kaccess.workflows.audit import audit

from .plants import BOT, PLANTS, foreign
from .worlds import TRUST, Cluster, arn, user

PLACES = {
    "trust-wider": 6,
    "drift": 18,
    "owned-changed": 11,
    "grant-expired": 18,
    "grant-expiring": 18,
    "grant-unending": 21,
    "test-exceeded": 21,
}
"""The lines of the policy that findings point at; the others point at none."""


def found(cluster):
    (one,) = audit(cluster.snapshot()).clusters
    return one


def test_a_clean_cluster_is_silent():
    assert found(Cluster()).findings == ()


def test_every_kind_is_planted():
    assert PLANTS.keys() | {hazard.id for hazard in HAZARDS} == KINDS.keys()


@pytest.mark.parametrize("kind", PLANTS)
def test_what_is_planted_is_found_once_and_nothing_else_is(kind):
    cluster = Cluster()
    where = PLANTS[kind](cluster)
    findings = found(cluster).findings
    assert [(each.id, each.where) for each in findings] == [(kind, where)], [each.what for each in findings]
    assert findings[0].place.line == PLACES.get(kind, 0)


def risky(cluster, hazard):
    name = f"risky-{hazard.id}"
    target = hazard.targets[0] if hazard.targets else ("apps", "*")
    verb = hazard.verbs[0] if hazard.verbs else "*"
    cluster.cluster_role(name, Rule((verb,), (target[0],), (target[1],)))
    cluster.bind("", name, name, BOT)
    return f"ClusterRole {name}"


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.id)
def test_each_hazard_of_a_bound_role_is_found_once(hazard):
    cluster = Cluster()
    where = risky(cluster, hazard)
    findings = found(cluster).findings
    assert [(each.id, each.where) for each in findings] == [(hazard.id, where)]
    assert findings[0].detail == (f"ClusterRoleBinding risky-{hazard.id}",)


def test_the_finer_verbs_of_impersonation_are_found():
    cluster = Cluster()
    rule = Rule(("impersonate:user-info",), ("authentication.k8s.io",), ("users",))
    cluster.cluster_role("acts", rule)
    cluster.bind("", "acts", "acts", BOT)
    one = found(cluster)
    assert [each.id for each in one.findings] == ["impersonate"]
    (bot,) = [each for each in one.access if each.principal == "ServiceAccount legacy/bot"]
    assert highest_levels(bot) == {"": Level.ADMIN}


def test_one_of_each_in_one_cluster_is_found_once():
    cluster = Cluster()
    together = PLANTS.keys() - {"aws-auth-unreadable"}  # which leaves nothing to say of its rows
    wanted = {(kind, PLANTS[kind](cluster)) for kind in PLANTS if kind in together}
    for hazard in HAZARDS:
        wanted.add((hazard.id, risky(cluster, hazard)))
    findings = [(each.id, each.where) for each in found(cluster).findings]
    assert len(findings) == len(wanted)
    assert set(findings) == wanted


def test_a_trust_policy_that_names_others_is_wider():
    cluster = Cluster()
    wide = TRUST.replace('"Principal":{"AWS":"arn:aws:iam::111122223333:root"}', '"Principal":{"AWS":"444455556666"}')
    cluster.iam_roles[0] = replace(cluster.iam_roles[0], trust=wide)
    (finding,) = found(cluster).findings
    assert (finding.id, finding.detail) == ("trust-wider", ("444455556666",))


def test_administrators_of_the_account_are_no_finding_of_every_role():
    cluster = Cluster()
    cluster.users.append(user("root", assuming=Assuming(("*",), is_admin=True)))
    one = found(cluster)
    assert one.findings == ()
    assert arn("root") in {each.principal for each in one.access}


def test_what_the_policy_accepts_is_counted_and_comes_back_when_that_is_over():
    line = "audit:\n  suppress:\n    - {{id: foreign-binding, where: RoleBinding staging/*, reason: known{}}}\n"
    cluster = Cluster()
    foreign(cluster)
    cluster.policy += line.format("")
    one = found(cluster)
    assert (one.findings, len(one.suppressed), one.ended) == ((), 1, ())
    assert one.suppressed[0].by.reason == "known"
    cluster.policy = cluster.policy.replace("reason: known", "reason: known, until: 2026-11-01T00:00:00Z")
    one = found(cluster)
    assert ([each.id for each in one.findings], one.suppressed, len(one.ended)) == (["foreign-binding"], (), 1)
