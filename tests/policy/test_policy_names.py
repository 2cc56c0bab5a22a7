# ruff: noqa: E501 - a message is checked as the one line it is
"""No trick with letters, case or prefixes gets a name into a policy that people would read as another one."""

import pytest

from kaccess.policy import read_groups
from kaccess.policy.lint import lint
from tests.policy.samples import CLUSTERS, HEAD, NOW, SMALL, loaded, policy_of, problems_of

ROLE_ARN = "arn:aws:iam::111122223333:role"

FIELDS = {
    "a group": "groups: {%s: {}}",
    "iam_group": "groups: {g: {iam_group: %s}}",
    "permission_set": "groups: {g: {permission_set: %s}}",
    "grant": "grants: [{group: %s, role: r, namespaces: [n]}]",
    "cluster_role": "roles: {s: {cluster_role: %s}}",
    "role": "roles: {%s: {cluster_role: view}}",
    "namespace": "namespaces: {%s: {}}",
    "cluster": "clusters: {%s: {name: n, region: eu-south-1, account: '111122223333'}}",
    "cluster name": "clusters: {d: {name: %s, region: eu-south-1, account: '111122223333'}}",
    "profile": "clusters: {d: {name: n, region: eu-south-1, account: '111122223333', profile: %s}}",
    "iam_role of a group": f'groups: {{g: {{iam_role: "{ROLE_ARN}/%s"}}}}',
    "iam_role of a cluster": f"clusters: {{d: {{name: n, region: eu-south-1, account: '111122223333', iam_role: \"{ROLE_ARN}/%s\"}}}}",
    "offboarded": f'offboarded: [{{principal: "{ROLE_ARN}/%s", at: 2026-11-24T12:00:00Z}}]',
}
"""Every field that names a group, a source, a role or a cluster."""

TRICKS = {
    r"p\u0430y": "character {} is U+0430 CYRILLIC SMALL LETTER A",
    r"p\u200bay": "character {} is U+200B ZERO WIDTH SPACE",
    r"p\ufeffay": "character {} is U+FEFF ZERO WIDTH NO-BREAK SPACE",
    r"p\uff41y": "character {} is U+FF41 FULLWIDTH LATIN SMALL LETTER A",
    r"p\u202eay": "character {} is U+202E RIGHT-TO-LEFT OVERRIDE",
    r"p\u0000ay": "character {} is U+0000",
    r"p\ud800ay": "character {} is U+D800",
    r"p\U0001d41ay": "character {} is U+1D41A MATHEMATICAL BOLD SMALL A",
    r"p\tay": "character {} is U+0009",
}

FOREIGN = (
    "system:masters",
    "SYSTEM:masters",
    "sYsTeM:masters",
    "eks:node-manager",
    "EKS:node-manager",
    " system:masters",
    r"\u200bsystem:masters",
    r"system\uff1amasters",
    r"s\u0443stem:masters",
    r"system\u003amasters",
    r"\u0073ystem:masters",
    "system:masters\\n",
)


def with_field(field, value):
    line = FIELDS[field]
    value = value if f'/{"%s"}"' in line else f'"{value}"'
    clusters = CLUSTERS if "clusters" not in line else ""
    base = f"{HEAD}{clusters}" + ("" if line.startswith("roles") else "roles: {r: {cluster_role: view}}\n")
    return base + ("" if line.startswith("namespaces") else "namespaces: {n: }\n") + line % value + "\n"


@pytest.mark.parametrize("field", FIELDS)
def test_a_plain_name_passes(field):
    assert problems_of(with_field(field, "pay")) == []


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("trick", TRICKS)
def test_a_look_alike_is_refused_by_its_code_point(field, trick):
    (problem,) = problems_of(with_field(field, trick))
    position = 2 + (len(ROLE_ARN) + 1 if ROLE_ARN in FIELDS[field] else 0)
    assert TRICKS[trick].format(position) in problem
    assert problem.isascii()
    assert problem.isprintable()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", ["pay ", " pay", "pay\\n"])
def test_a_space_at_an_end_is_refused(field, name):
    (problem,) = problems_of(with_field(field, name))
    assert "U+0020 SPACE" in problem or "U+000A" in problem


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "profile"])
@pytest.mark.parametrize("name", FOREIGN)
def test_groups_and_roles_of_kubernetes_and_eks_come_in_by_no_field(field, name):
    (problem,) = problems_of(with_field(field, name))
    assert any(refusal in problem for refusal in (" is not a", " is not the ARN", " is not for people"))


def test_a_profile_may_be_called_anything_since_it_names_no_group():
    assert policy_of(with_field("profile", "system:masters")).clusters["d"].profile == "system:masters"


@pytest.mark.parametrize("name", ["system:masters", r"s\u0443stem", "eks:x"])
def test_a_test_of_a_group_that_cannot_be_is_refused_since_its_cannot_would_hold(name):
    (problem,) = problems_of(f'{SMALL}tests: ["{name} cannot get pods in staging"]\n')
    assert " is not a group name" in problem


@pytest.mark.parametrize("resource", ["users", "groups"])
def test_no_rule_brings_in_a_foreign_group_by_impersonation(resource):
    rule = f"{{apiGroups: [''], resources: [{resource}], verbs: [impersonate], resourceNames: ['system:masters']}}"
    policy = policy_of(f"{HEAD}{CLUSTERS}roles: {{r: {{rules: [{rule}]}}}}\n")
    assert lint(policy, NOW).refusals


SAME = {
    "declared twice": "groups:\n  Pay: {}\n  pay: {}\n",
    "declared and granted": "groups: {pay: {}}\ngrants: [{group: PAY, role: r, namespaces: [n]}]\n",
    "granted twice": "grants:\n  - {group: pay, role: r, namespaces: [n]}\n  - {group: paY, role: r, namespaces: [n]}\n",
}


@pytest.mark.parametrize("how", SAME)
def test_groups_that_differ_in_case_alone_are_refused_with_both_places(how):
    (problem,) = problems_of(f"{HEAD}{CLUSTERS}roles: {{r: {{cluster_role: view}}}}\nnamespaces: {{n: }}\n{SAME[how]}")
    assert "in case alone" in problem
    assert problem.count("p.yaml:") == 2


def test_groups_of_two_files_that_differ_in_case_alone_are_refused():
    (problem,) = problems_of(SMALL, f"{HEAD}groups: {{Payments: {{}}}}\n")
    assert problem == "p.yaml:15:5: the group 'payments' differs from 'Payments' at q.yaml:3:10 in case alone"


@pytest.mark.parametrize("what", ["Kubernetes group", "directory card", "IAM role"])
def test_two_groups_that_would_be_called_one_thing_are_refused_with_both_places(what, monkeypatch):
    monkeypatch.setitem(read_groups.MADE_NAMES, what, lambda _group: "the-same")
    (problem,) = problems_of(f"{HEAD}{CLUSTERS}groups:\n  a: {{}}\n  b: {{}}\n")
    expected = f"the group 'b' and 'a' at p.yaml:6:3 would have one {what}, the-same; rename one of them"
    assert problem == f"p.yaml:7:3: {expected}"


def test_names_that_come_close_to_a_digested_one_stay_apart():
    long = "a" * 128
    groups = (long, f"{long[:-1]}b", "kaccess-a", "a-0123456789abcdef", "a_0123456789abcdef", "a.b", "a_b", "a+b")
    assert len(policy_of(f"{HEAD}{CLUSTERS}groups:\n" + "".join(f"  {name}: {{}}\n" for name in groups)).groups) == 8


def test_members_of_an_iam_group_have_one_role_to_assume():
    text = f"{HEAD}{CLUSTERS}groups:\n  a: {{iam_group: x, assume: true}}\n  X: {{assume: true}}\n"
    (problem,) = problems_of(text)
    expected = (
        "the group 'X' and 'a' at p.yaml:6:3 both have the members of the IAM group X assume a role; they can have one"
    )
    assert problem == f"p.yaml:7:3: {expected}"
    assert problems_of(text.replace("X: {assume: true}", "X: {}")) == []


@pytest.mark.parametrize("second", ["role/Oncall", "role/ops/oncall", "role/OPS/ONCALL"])
def test_one_role_spelled_in_two_ways_is_refused(second):
    arns = [f"{ROLE_ARN}/oncall", f"arn:aws:iam::111122223333:{second}"]
    (problem,) = problems_of(
        f"{HEAD}{CLUSTERS}groups:\n  a: {{iam_role: '{arns[0]}'}}\n  b: {{iam_role: '{arns[1]}'}}\n"
    )
    assert problem == f"p.yaml:7:3: '{arns[1]}' is the role '{arns[0]}' at p.yaml:6:3; IAM has one of that name"


@pytest.mark.parametrize("arn", [f"{ROLE_ARN}/oncall", "arn:aws:iam::999999999999:role/ops/oncall"])
def test_two_groups_may_be_one_role_and_roles_of_two_accounts_may_have_one_name(arn):
    text = f"{HEAD}{CLUSTERS}groups:\n  a: {{iam_role: '{ROLE_ARN}/oncall'}}\n  b: {{iam_role: '{arn}'}}\n"
    assert problems_of(text) == []


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc"])
@pytest.mark.parametrize("resource", ["role/a", "role/ops/eu/a+=,.@-_B9", "role/!#$%/a", f"role/{'a' * 64}"])
def test_roles_of_every_partition_and_path(partition, resource):
    arn = f"arn:{partition}:iam::999999999999:{resource}"
    policy = loaded(f'{HEAD}{CLUSTERS}groups: {{"a+b=c,d.e@f-g_H": {{iam_role: "{arn}"}}}}\n').policy
    assert policy.groups["a+b=c,d.e@f-g_H"].target == arn


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:AWS:iam::111122223333:role/a", "unknown partition 'AWS'"),
        ("arn:aws:IAM::111122223333:role/a", "is not the ARN of an IAM role"),
        ("arn:aws:iam:eu-south-1:111122223333:role/a", "is not the ARN of an IAM role"),
        ("arn:aws:iam::111122223333:Role/a", "is not the ARN of an IAM role"),
        ("arn:aws:iam::111122223333:role//a", "is not the ARN of an IAM role"),
        ("arn:aws:iam::111122223333:role/a/", "is not the ARN of an IAM role"),
        ("arn:aws:iam::111122223333:role/*", "is not the ARN of an IAM role"),
        (f"arn:aws:iam::111122223333:role/{'a' * 65}", "is not the ARN of an IAM role"),
        ("arn:aws:iam::111122223333:root", "is not the ARN of an IAM role"),
        ("arn:aws:iam::aws:role/a", "'aws' is not an account number"),
        ("arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/a", "is a service-linked role"),
        ("arn:aws:iam::111122223333:role/AWS-service-role/x.amazonaws.com/a", "is a service-linked role"),
    ],
)
def test_what_is_no_role_of_people(arn, expected):
    (problem,) = problems_of(f"{HEAD}{CLUSTERS}groups: {{g: {{iam_role: '{arn}'}}}}\n")
    assert expected in problem
