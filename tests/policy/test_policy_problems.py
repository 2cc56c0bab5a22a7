# ruff: noqa: E501 - a message is checked as the one line it is
"""Every problem has its place, its words, and a hint where there is one; all of them come at once."""

import pytest

from tests.policy.samples import CLUSTERS, HEAD, SMALL, loaded, policy_of, problems_of

CLUSTER = f"{HEAD}clusters:\n  %s\n"
SHAPE = "up to 63 of a-z 0-9 -, with a letter or digit at both ends"
IAM = "1 to 128 of the letters A-Z a-z 0-9 _ + = , . @ -"


def test_a_small_policy_has_no_problem_and_no_warning():
    assert problems_of(SMALL) == []
    assert loaded(SMALL).warnings == ()


def test_a_policy_without_grants_is_a_policy():
    assert policy_of(HEAD + CLUSTERS).grants == ()
    assert policy_of(f"{HEAD}{CLUSTERS}grants:\ntests:\nroles: ~\nnamespaces: null\n").roles == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "p.yaml:1:1: the file is empty; `kaccess init` writes a first policy"),
        ("# nothing\n---\n", "p.yaml:1:1: the file is empty; `kaccess init` writes a first policy"),
        ("- a\n", "p.yaml:1:1: a policy is a mapping that starts with `apiVersion: kaccess/v1`"),
        ("hello", "p.yaml:1:1: a policy is a mapping that starts with `apiVersion: kaccess/v1`"),
        (f"{HEAD}{CLUSTERS}---\na: b\n", "p.yaml:5:1: a second YAML document; a policy file holds one"),
        (f"{HEAD}\tclusters: {{}}\n", "p.yaml:3:1: a tab; YAML is indented with spaces"),
        (f"{HEAD}clusters:\n  a:\n\t name: x\n", "p.yaml:5:1: a tab; YAML is indented with spaces"),
        (f"{HEAD}clusters: {{}}\t# none\n", "p.yaml:3:13: a tab; write spaces here"),
        (f"{HEAD}clusters: {{a: b\n", "p.yaml:4:1: not YAML: expected ',' or '}', but got '<stream end>'"),
        (f"{HEAD}clusters: a: b\n", "p.yaml:3:12: not YAML: mapping values are not allowed here"),
        (f"{HEAD}clusters: 'a\n", "p.yaml:4:1: not YAML: found unexpected end of stream"),
        (f"{HEAD}clusters: \x07\n", "p.yaml:3:11: the character '\\x07' is not allowed in YAML"),
        (f"{HEAD}clusters: *c\n", "p.yaml:3:11: the alias *c has no anchor &c before it"),
        (f"{HEAD}clusters: &c {{a: *c}}\n", "p.yaml:3:18: the alias *c stands inside what it repeats"),
        (
            f"{HEAD}clusters: !!map {{}}\n",
            "p.yaml:3:11: the tag 'tag:yaml.org,2002:map' is not read here; quote text instead",
        ),
        (f"{HEAD}clusters: !x {{}}\n", "p.yaml:3:11: the tag '!x' is not read here; quote text instead"),
        (f"{HEAD}grants: {'[' * 40}{']' * 40}\n", "p.yaml:3:24: nested more than 16 levels deep; a policy needs 8"),
    ],
)
def test_what_is_no_document_of_ours_is_one_line(text, expected):
    assert problems_of(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLUSTERS, ["1:1: a policy needs apiVersion", "1:1: a policy needs kind"]),
        (
            f"apiVersion: kaccess/v2\nkind: AcessPolicy\n{CLUSTERS}",
            [
                "1:13: unknown apiVersion 'kaccess/v2' (did you mean 'kaccess/v1'?)",
                "2:7: unknown kind 'AcessPolicy' (did you mean 'AccessPolicy'?)",
            ],
        ),
        (
            f"apiVersion: v1\nkind: Pod\n{CLUSTERS}",
            [
                "1:13: unknown apiVersion 'v1'; this kaccess reads kaccess/v1",
                "2:7: unknown kind 'Pod'; this kaccess reads AccessPolicy",
            ],
        ),
        (HEAD, ["1:1: the policy names no cluster; add one to clusters"]),
        (f"{HEAD}{CLUSTERS}grant: []\n", ["5:1: unknown key 'grant' in a policy (did you mean 'grants'?)"]),
        (f"{HEAD}{CLUSTERS}kind: AccessPolicy\n", ["5:1: the key 'kind' stands here and at p.yaml:2:1"]),
        (f"{HEAD}{CLUSTERS}? [a]\n: b\n", ["5:3: a key must be text"]),
        *(
            (
                f"{HEAD}{CLUSTERS}grants: [{{group{odd}: a}}]\n",
                [
                    f"5:16: the character U+{ord(odd):04X} ends a line to some YAML readers and not to others; take it out"
                ],
            )
            for odd in "\x85\u2028\u2029"
        ),
        (f"{HEAD}{CLUSTERS}<<: {{}}\n", ["5:1: merge keys (<<) are not read; write the keys out"]),
        (f"{HEAD}{CLUSTERS}roles: [a]\n", ["5:8: roles must be a mapping from names"]),
        (f"{HEAD}{CLUSTERS}grants: {{a: b}}\n", ["5:9: grants must be a list"]),
        (
            f"{HEAD}{CLUSTERS}grants: [a]\n",
            ["5:10: a grant must be a mapping of group, role, namespaces, clusters, until, reason, by, at"],
        ),
    ],
)
def test_the_outline_of_a_file(text, expected):
    assert problems_of(text) == [f"p.yaml:{line}" for line in expected]


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ("c:", ["4:3: a cluster must be a mapping of name, region, account, backend, profile, iam_role"]),
        ("c: {name: n}", ["4:6: a cluster needs account", "4:6: a cluster needs region"]),
        (
            "-c: {name: n, region: eu-south-1, account: '111122223333'}",
            ["4:3: '-c' is not a cluster alias; expected up to 100 of A-Z a-z 0-9 _ -, with a letter or digit first"],
        ),
        (
            "c: {name: n/m, region: eu-south-1, account: '111122223333'}",
            ["4:13: 'n/m' is not a cluster name; expected up to 100 of A-Z a-z 0-9 _ -, with a letter or digit first"],
        ),
        (
            "c: {name: n, region: europe, account: '111122223333'}",
            ["4:24: 'europe' is not a region; expected a name like eu-south-1"],
        ),
        (
            "c: {name: n, region: eu-south-1, account: 111122223333}",
            ['4:45: account must be text and 111122223333 is a number; write "111122223333" in quotes'],
        ),
        (
            "c: {name: n, region: eu-south-1, account: 012345678901}",
            ['4:45: account must be text and 012345678901 is a number; write "012345678901" in quotes'],
        ),
        (
            "c: {name: n, region: eu-south-1, account: '1111'}",
            ["4:45: '1111' is not an account number; expected 12 digits"],
        ),
        (
            "c: {name: n, region: eu-south-1, account: '\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663'}",
            [
                r"4:45: '\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663' is not an account number; expected 12 digits; character 1 is U+0661 ARABIC-INDIC DIGIT ONE"
            ],
        ),
        (
            "c: {name: no, region: eu-south-1, account: '111122223333'}",
            ['4:13: name must be text and no is a boolean to some YAML readers; write "no" in quotes'],
        ),
        ("c: {name: , region: eu-south-1, account: '111122223333'}", ["4:7: name has no value"]),
        ("c: {name: '', region: eu-south-1, account: '111122223333'}", ["4:13: name has no value"]),
        ("c: {name: [n], region: eu-south-1, account: '111122223333'}", ["4:13: name must be text"]),
        (
            "c: {name: n, region: eu-south-1, account: '111122223333', backend: aws_auth}",
            ["4:70: unknown backend 'aws_auth' (did you mean 'aws-auth'?); it is auto or access-entries or aws-auth"],
        ),
        (
            "c: &a {name: n, region: eu-south-1, account: '111122223333'}\n  d: *a",
            ["5:3: 'd' is the same cluster as 'c'"],
        ),
    ],
)
def test_clusters(cluster, expected):
    assert problems_of(CLUSTER % cluster) == [f"p.yaml:{line}" for line in expected]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            "\u0440\u0430yments: {}",
            f"6:3: '\\u0440\\u0430yments' is not a group name; expected {IAM}; character 1 is U+0440 CYRILLIC SMALL LETTER ER",
        ),
        ("'system:masters': {}", f"6:3: 'system:masters' is not a group name; expected {IAM}"),
        (
            "g: {iam_group: a, permission_set: b}",
            "6:6: the group 'g' has iam_group and permission_set; it takes one source",
        ),
        ("g: {iam_grup: a}", "6:7: unknown key 'iam_grup' in a group (did you mean 'iam_group'?)"),
        (
            "g: {iam_role: oncall}",
            "6:17: 'oncall' is not an ARN; expected arn:PARTITION:iam::ACCOUNT:user/NAME or .../role/NAME",
        ),
        (
            "g: {iam_role: 'arn:aws:iam::111122223333:user/ana'}",
            "6:17: 'arn:aws:iam::111122223333:user/ana' is not the ARN of an IAM role; expected arn:PARTITION:iam::ACCOUNT:role/NAME",
        ),
        (
            "g: {iam_role: 'arn:aws:sts::111122223333:assumed-role/a/b'}",
            "6:17: 'arn:aws:sts::111122223333:assumed-role/a/b' is not the ARN of an IAM role; expected arn:PARTITION:iam::ACCOUNT:role/NAME",
        ),
        ("g: {iam_role: 'arn:aws:iam::1111:role/a'}", "6:17: '1111' is not an account number; expected 12 digits"),
        (
            "g: {iam_role: 'arn:aws:iam::111122223333:role/a', assume: true}",
            "6:61: assume is for an iam_group; iam_role is a role already",
        ),
        ("g: {assume: yes}", "6:15: assume must be true or false"),
        (
            "g: {permission_set: 'a b'}",
            "6:23: 'a b' is not a permission set name; expected 1 to 32 of the letters A-Z a-z 0-9 _ + = , . @ -; character 2 is U+0020 SPACE",
        ),
        ("Data: {}\n  data: {}", "7:3: the group 'data' differs from 'Data' at p.yaml:6:3 in case alone"),
    ],
)
def test_groups(group, expected):
    assert problems_of(f"{HEAD}{CLUSTERS}groups:\n  {group}\n") == [f"p.yaml:{expected}"]


def test_an_unknown_partition_is_refused():
    text = f"{HEAD}{CLUSTERS}groups:\n  g: {{iam_role: 'arn:awz:iam::111122223333:role/a'}}\n"
    assert "unknown partition 'awz'" in problems_of(text)[0]


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        ("Dev: {}", f"6:3: 'Dev' is not a namespace name; expected {SHAPE}"),
        (
            "kube-system: {}",
            "6:3: the namespace 'kube-system' is protected: write access to it is a way to the whole cluster",
        ),
        (
            "kaccess-system: {}",
            "6:3: the namespace 'kaccess-system' is protected: write access to it is a way to the whole cluster",
        ),
        ("a: {create: on}", "6:15: create must be true or false"),
        ("a: {labels: {x: y}}", "6:15: labels are set only on a namespace with create: true"),
        ("a: {create: true, labels: {x: 1}}", '6:33: the label x must be text and 1 is a number; write "1" in quotes'),
        ("a: {create: true, labels: {'a b': c}}", "6:30: 'a b' is not a label key; expected NAME or PREFIX/NAME"),
        (
            "a: {create: true, labels: {a: 'b c'}}",
            "6:33: 'b c' is not a label value; expected up to 63 of A-Z a-z 0-9 - _ ., with a letter or digit at ends; character 2 is U+0020 SPACE",
        ),
        (
            "a: {create: true, labels: {app.kubernetes.io/managed-by: me}}",
            "6:29: the label 'app.kubernetes.io/managed-by' is set by kaccess itself",
        ),
        ("a: {}\n  a: {}", "7:3: the key 'a' stands here and at p.yaml:6:3"),
    ],
)
def test_namespaces(namespace, expected):
    assert problems_of(f"{HEAD}{CLUSTERS}namespaces:\n  {namespace}\n") == [f"p.yaml:{expected}"]


def test_all_problems_come_at_once_by_place():
    text = SMALL.replace("cardo-eks", "cardo/eks").replace("role: viewer", "role: viewr").replace("kind:", "kinds:")
    assert [line.split(": ")[0] for line in problems_of(text)] == [
        "p.yaml:1:1",
        "p.yaml:2:1",
        "p.yaml:4:17",
        "p.yaml:16:29",
        "p.yaml:17:25",
    ]


def test_files_are_merged_and_a_name_defined_twice_shows_both_places():
    second = f"{HEAD}roles: {{viewer: {{cluster_role: view}}}}\ngrants: [{{group: ops, role: developer, namespaces: [staging]}}]\n"
    assert problems_of(SMALL, second) == ["q.yaml:3:9: the role 'viewer' is defined here and at p.yaml:10:3"]
    assert len(policy_of(SMALL, second.replace("viewer:", "other:")).grants) == 4


def test_a_file_that_cannot_be_read_makes_no_name_of_the_others_unknown():
    second = f"{HEAD}grants: [{{group: ops, role: defined-in-p, namespaces: [staging]}}]\n"
    assert problems_of("\t", second) == ["p.yaml:1:1: a tab; YAML is indented with spaces"]


def test_a_key_that_no_terminal_should_see_is_escaped():
    assert problems_of(f'{HEAD}{CLUSTERS}"\\e[2J\\n": x\n')[0].startswith(
        "p.yaml:5:1: unknown key '\\x1b[2J\\n' in a policy"
    )
