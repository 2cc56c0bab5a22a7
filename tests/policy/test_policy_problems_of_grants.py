# ruff: noqa: E501 - a message is checked as the one line it is
"""Problems and warnings of roles, grants and tests: their places, their words, their hints."""

import pytest

from tests.policy.samples import CLUSTERS, HEAD, loaded, problems_of

ROLE = "roles: {r: {cluster_role: view}}\nnamespaces: {n: {}}\n"
GRANT = f"{HEAD}{CLUSTERS}{ROLE}grants:\n  - "
RULE = f"{HEAD}{CLUSTERS}roles:\n  r: {{rules: [{{%s}}]}}\n"
TEST = f"{HEAD}{CLUSTERS}{ROLE}grants: [{{group: g, role: r, namespaces: [n]}}]\ntests:\n  - %s\n"
SHAPE = "up to 63 of a-z 0-9 -, with a letter or digit at both ends"
IAM = "1 to 128 of the letters A-Z a-z 0-9 _ + = , . @ -"
FORMS = (
    "GROUP can|cannot VERB RESOURCE in NAMESPACE or only GROUP can VERB RESOURCE in NAMESPACE or "
    "nobody can VERB RESOURCE in NAMESPACE"
)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("directory: {cluster_role: view}", "6:3: the role name 'directory' is kaccess's own; choose another"),
        ("a_b: {cluster_role: view}", f"6:3: 'a_b' is not a role name; expected {SHAPE}"),
        ("r: {allow: [secrets-read]}", "6:3: the role 'r' needs either rules or cluster_role"),
        (
            "r: {cluster_role: view, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}",
            "6:3: the role 'r' needs either rules or cluster_role",
        ),
        (
            "r: {cluster_role: 'system:node'}",
            "6:21: the ClusterRole 'system:node' belongs to Kubernetes itself and is not for people; write a role with rules",
        ),
        (
            "r: {cluster_role: a/b}",
            "6:21: 'a/b' is not a ClusterRole name; expected the letters A-Z a-z 0-9 : . _ -, with a letter or digit first",
        ),
        ("r: {rules: []}", "6:14: rules must not be empty"),
        (
            "r: {rules: [], cluster_rule: view}",
            "6:18: unknown key 'cluster_rule' in a role (did you mean 'cluster_role'?)",
        ),
    ],
)
def test_roles(role, expected):
    assert f"p.yaml:{expected}" in problems_of(f"{HEAD}{CLUSTERS}roles:\n  {role}\n")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("apiGroups: [''], resources: [pods]", "6:15: a rule needs verbs"),
        ("resources: [pods], verbs: [get]", "6:15: a rule needs apiGroups"),
        ("apiGroups: [''], resources: [pods], verbs: []", "6:59: verbs must not be empty"),
        ("apiGroups: [''], resources: [pods], verbs: get", "6:59: verbs must be a list; write [get]"),
        ("apiGroups: [''], resources: [pods], verbs: [GET]", "6:60: 'GET' is not a verb (did you mean 'get'?)"),
        ("apiGroups: [''], resources: [Pod], verbs: [get]", "6:45: 'Pod' is not a resource (did you mean 'pods'?)"),
        (
            "apiGroups: [apps], resources: [deployments.apps], verbs: [get]",
            "6:47: 'deployments.apps' is not a resource (did you mean 'deployments'?)",
        ),
        (
            "apiGroups: [core], resources: [pods], verbs: [get]",
            "6:28: the core API group is written \"\"; 'core' is none",
        ),
        (
            "apiGroups: [apps/v1], resources: [deployments], verbs: [get]",
            "6:28: 'apps/v1' is not an API group; expected a name like apps, without a version",
        ),
        (
            "nonResourceURLs: [/x], apiGroups: [''], resources: [pods], verbs: [get]",
            "6:33: nonResourceURLs have no effect in a namespace, and kaccess grants nothing beyond one",
        ),
        (
            "apiGroups: [''], resource: [pods], resources: [pods], verbs: [get]",
            "6:33: unknown key 'resource' in a rule (did you mean 'resources'?)",
        ),
    ],
)
def test_rules(rule, expected):
    assert problems_of(RULE % rule) == [f"p.yaml:{expected}"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("apiGroups: [''], resources: [pods], verbs: [gett]", "Kubernetes has no verb 'gett' (did you mean 'get'?)"),
        ("apiGroups: [''], resources: [pods], verbs: [get, get]", "'get' is listed twice in verbs"),
        (
            "apiGroups: [''], resources: [deployments], verbs: [get]",
            "the core API group has no resource 'deployments'; it is in apps",
        ),
        (
            "apiGroups: [''], resources: [pod/log], verbs: [get]",
            "the core API group has no resource 'pod' (did you mean 'pods'?)",
        ),
    ],
)
def test_rules_that_do_nothing_are_warned_of(rule, expected):
    assert [warning.message for warning in loaded(RULE % rule).warnings] == [expected]


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        ("{role: r, namespaces: [n]}", "8:5: a grant needs group"),
        ("{group: g, role: x, namespaces: [n]}", "8:22: unknown role 'x'"),
        ("{group: g, role: r, namespaces: n}", "8:37: namespaces must be a list; write [n]"),
        ("{group: g, role: r, namespaces: []}", "8:37: namespaces must not be empty"),
        ("{group: g, role: r, namespaces: }", "8:25: namespaces must not be empty"),
        ("{group: g, role: r, namespaces: ['']}", "8:38: namespaces has no value"),
        ("{group: g, role: r, namespaces: [m]}", "8:38: unknown namespace 'm'; declare it in namespaces"),
        (
            "{group: g, role: r, namespaces: [kube-system]}",
            "8:38: the namespace 'kube-system' is protected: write access to it is a way to the whole cluster",
        ),
        (
            "{group: g, role: r, namespaces: [n], clusters: [carda]}",
            "8:53: unknown cluster 'carda' (did you mean 'cardo'?)",
        ),
        ("{group: 'a:b', role: r, namespaces: [n]}", f"8:13: 'a:b' is not a group name; expected {IAM}"),
        ("{group: '', role: r, namespaces: [n]}", "8:13: group has no value"),
        ("{group: g, role: r, namespaces: {}}", "8:37: namespaces takes a list of names, or one of match and selector"),
        (
            "{group: g, role: r, namespaces: {match: a, selector: {b: c}}}",
            "8:37: namespaces takes a list of names, or one of match and selector",
        ),
        (
            "{group: g, role: r, namespaces: {selector: {}}}",
            "8:48: an empty selector would mean every namespace; name a label",
        ),
        (
            "{group: g, role: r, namespaces: {match: 'A*'}}",
            "8:45: 'A*' is not a pattern; expected a namespace name with the wildcards * ? [...]",
        ),
        (
            "{group: g, role: r, namespaces: [n], until: 2026-12-01}",
            "8:49: until: 2026-12-01 has no time of day; write it like 2026-12-01T18:00:00Z",
        ),
        (
            "{group: g, role: r, namespaces: [n], until: 2026-12-01T18:00:00}",
            "8:49: until: 2026-12-01T18:00:00 has no time zone; write 2026-12-01T18:00:00Z if it is UTC",
        ),
        (
            "{group: g, role: r, namespaces: [n], until: 2026-02-30T18:00:00Z}",
            "8:49: until: 2026-02-30T18:00:00Z is a time that does not exist",
        ),
        (
            "{group: g, role: r, namespaces: [n], until: 0001-01-01T00:00:00+01:00}",
            "8:49: until: 0001-01-01T00:00:00+01:00 is a time that does not exist",
        ),
        (
            "{group: g, role: r, namespaces: [n], until: 2026-12-01T18:00:00+25:00}",
            "8:49: until: 2026-12-01T18:00:00+25:00 is a time that does not exist",
        ),
        (
            "{group: g, role: r, namespaces: [n], until: tomorrow}",
            "8:49: until: 'tomorrow' is not a time; write it like 2026-12-01T18:00:00Z",
        ),
        ("{group: g, role: r, namespaces: [n], until: }", "8:42: until has no value"),
        (
            "{group: g, role: r, namespaces: [n], reason: 1234}",
            '8:50: reason must be text and 1234 is a number; write "1234" in quotes',
        ),
        (
            "{group: g, roles: r, role: r, namespaces: [n]}",
            "8:16: unknown key 'roles' in a grant (did you mean 'role'?)",
        ),
    ],
)
def test_grants(grant, expected):
    assert problems_of(f"{GRANT}{grant}\n") == [f"p.yaml:{expected}"]


def test_groups_of_grants_that_differ_in_case_alone_are_refused():
    grants = "{group: Data, role: r, namespaces: [n]}\n  - {group: data, role: r, namespaces: [n]}\n"
    assert problems_of(GRANT + grants) == [
        "p.yaml:9:5: the group 'data' differs from 'Data' at p.yaml:8:5 in case alone"
    ]


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ("{group: g, role: r, namespaces: [n, n]}", "8:41: 'n' is listed twice in namespaces"),
        (
            "{group: g, role: r, namespaces: {match: '*'}}",
            "8:45: '*' is every namespace that is not protected, future ones too",
        ),
        (
            "{group: g, role: r, namespaces: [n]}\n  - {namespaces: [n], role: r, group: g}",
            "9:5: the same grant stands at p.yaml:8:5",
        ),
    ],
)
def test_doubtful_grants_are_warned_of(grants, expected):
    assert [str(warning) for warning in loaded(f"{GRANT}{grants}\n").warnings] == [f"p.yaml:{expected}"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("g may get pods in n", f"'g may get pods in n' is not a test; expected {FORMS}"),
        ("g can get pods", f"'g can get pods' is not a test; expected {FORMS}"),
        ("g cannot delte pods in n", "Kubernetes has no verb 'delte' (did you mean 'delete'?)"),
        ("nobody cannot get pods in n", "in a test, nobody is no group; write `nobody can VERB RESOURCE in NAMESPACE`"),
        (
            "only nobody can get pods in n",
            "in a test, nobody is no group; write `nobody can VERB RESOURCE in NAMESPACE`",
        ),
        (
            "g cannot delete deployment.apps in n",
            "the API group apps has no resource 'deployment' (did you mean 'deployments'?)",
        ),
        ("g cannot delete deployments in n", "'deployments' is not in the core API group; write deployments.apps"),
        (
            "g cannot update deployments/scale in n",
            "'deployments' is not in the core API group; write deployments.apps/scale",
        ),
        ("g cannot get secret in n", "the core API group has no resource 'secret' (did you mean 'secrets'?)"),
        (
            "g cannot get widgets in n",
            "the core API group has no resource 'widgets'; write RESOURCE.APIGROUP for those of other API groups",
        ),
        ("g cannot get '*' in n", "a test asks for one verb and one resource, without *"),
        ("g cannot create pods/exce in n", "'pods' has no subresource 'exce' (did you mean 'exec'?)"),
        ("g cannot create pods/ in n", "'pods/' is not a resource; expected RESOURCE[.APIGROUP][/SUBRESOURCE]"),
        ("g cannot get pods in m", "unknown namespace 'm'"),
    ],
)
def test_sentences(sentence, expected):
    assert problems_of(TEST % sentence) == [f"p.yaml:9:5: {expected}"]


def test_a_test_of_a_resource_in_another_api_group_than_its_own_is_warned_of():
    warnings = loaded(TEST % "g cannot get deployments.app in n").warnings
    assert [each.message for each in warnings] == ["'deployments' of Kubernetes is in apps, not in 'app'"]


def test_a_test_of_an_unknown_group_is_warned_of_since_its_last_grant_may_be_gone():
    warnings = loaded(TEST % "gg cannot get pods in n").warnings
    assert [str(each) for each in warnings] == ["p.yaml:9:5: no grant and no group is called 'gg' (did you mean 'g'?)"]
