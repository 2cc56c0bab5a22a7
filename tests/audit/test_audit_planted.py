"""One instance of each finding, planted alone: it is found once, at its place, and nothing else is."""

from dataclasses import replace

import pytest

from kaccess.audit.catalogue import KINDS
from kaccess.audit.snapshot import Assuming, IamGroup, TrustedRole
from kaccess.model.access import Level
from kaccess.model.rule import Rule
from kaccess.model.state import AccessPolicy, Entry
from kaccess.rbac.catalogue import HAZARDS
from kaccess.report.audit_spoken import highest_levels
from kaccess.workflows.audit import audit

from .plants import BOT, PLANTS, foreign, kind_of
from .worlds import NOW, OLD, PODS, TRUST, Cluster, arn, user

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
    assert set(map(kind_of, PLANTS)) | {hazard.id for hazard in HAZARDS} == KINDS.keys()


@pytest.mark.parametrize("plant", PLANTS)
def test_what_is_planted_is_found_once_and_nothing_else_is(plant):
    cluster = Cluster()
    kind, where = kind_of(plant), PLANTS[plant](cluster)
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


def test_a_row_for_nodes_beside_their_entry_is_as_eks_makes_it():
    cluster = Cluster()
    nodes = arn("nodes", "role")
    cluster.iam_roles.append(TrustedRole(nodes, OLD, TRUST))
    cluster.entries.append(Entry(nodes, ("system:nodes",), False, created_at=NOW, type="EC2_LINUX"))
    cluster.row(nodes, "system:bootstrappers", "system:nodes")
    assert found(cluster).findings == ()
    cluster.entries[-1] = replace(cluster.entries[-1], kube_groups=(), type="STANDARD")
    assert [each.id for each in found(cluster).findings] == ["row-shadowed"]


@pytest.mark.parametrize(
    ("namespace", "names", "mode", "is_found"),
    [
        ("kube-system", (), "CONFIG_MAP", True),
        ("", ("aws-auth",), "API_AND_CONFIG_MAP", True),
        ("", ("leader",), "API_AND_CONFIG_MAP", False),
        ("legacy", (), "API_AND_CONFIG_MAP", False),
        ("", (), "API", False),
    ],
)
def test_who_writes_aws_auth_where_the_cluster_looks_at_it(namespace, names, mode, is_found):
    cluster = Cluster()
    cluster.mode = mode
    cluster.cluster_role("operator", Rule(("patch",), ("",), ("configmaps",), names))
    cluster.bind(namespace, "operates", "operator", BOT)
    assert ("aws-auth-writable" in {each.id for each in found(cluster).findings}) is is_found


@pytest.mark.parametrize(
    ("policy", "scope", "is_found"),
    [
        ("AmazonEKSEditPolicy", (), True),
        ("AmazonEKSAdminPolicy", ("kube-*",), True),
        ("AmazonEKSClusterAdminPolicy", ("kube-system",), True),
        ("AmazonEKSEditPolicy", ("legacy",), False),
        ("AmazonEKSAdminViewPolicy", (), False),
    ],
)
def test_access_policies_that_write_aws_auth_are_found(policy, scope, is_found):
    cluster = Cluster()
    cluster.users.append(user("eve"))
    cluster.entries.append(Entry(arn("eve"), (), False, arn("eve"), access_policies=(AccessPolicy(policy, scope),)))
    found_ids = [each.id for each in found(cluster).findings]
    assert found_ids == (["aws-auth-writable"] if is_found else [])


def test_who_joined_an_iam_group_is_drift_and_no_change_by_hand():
    cluster = Cluster()
    cluster.users[0] = replace(cluster.users[0], iam_groups=("team", "more"))
    cluster.groups.append(IamGroup("more"))
    cluster.policy += "  - {group: more, role: viewer, namespaces: [development], until: 2027-03-01T00:00:00Z}\n"
    cluster.own("development", "more", "viewer", *PODS)
    (finding,) = found(cluster).findings
    assert (finding.id, finding.where) == ("drift", f"entry {arn('ana')}")


def test_one_of_each_in_one_cluster_is_found_once():
    cluster = Cluster()
    together = PLANTS.keys() - {"aws-auth-unreadable"}  # which leaves nothing to say of its rows
    wanted = {(kind_of(plant), PLANTS[plant](cluster)) for plant in PLANTS if plant in together}
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
