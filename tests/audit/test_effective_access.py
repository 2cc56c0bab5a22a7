from kaccess.audit.access import effective_access
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import AccessPolicy, Binding, Entry
from kaccess.rbac.authorizer import RbacObjects
from kaccess.rbac.builtin import builtin_bindings, builtin_cluster_roles

ANA = "arn:aws:iam::111122223333:user/ana"
PODS = (Rule(("get", "list"), ("",), ("pods",)),)


def binding(subject, ref=RoleRef("Role", "kaccess:reader"), namespace="dev", name="b"):  # noqa: B008
    return Binding(namespace, name, ref, (subject,))


def found(entries, *bindings, cluster_roles=()):
    roles = {("dev", "kaccess:reader"): PODS}
    rows = effective_access(entries, RbacObjects(roles, dict(cluster_roles), bindings))
    return [(row.principal, row.via, row.namespace, row.role, row.verbs) for row in rows]


def test_a_group_of_the_policy_is_called_by_its_name():
    entry = Entry(ANA, ("kaccess:team",))
    assert found([entry], binding(Subject.group("kaccess:team"))) == [
        (ANA, "access entry, group team", "dev", "reader", ("get", "list"))
    ]


def test_foreign_groups_user_names_and_everybody_count():
    entry = Entry(ANA, ("ops",), username="ana")
    rows = found(
        [entry],
        binding(Subject.group("ops"), name="1"),
        binding(Subject("User", "ana"), name="2"),
        binding(Subject.group("system:authenticated"), name="3"),
    )
    assert {via for _, via, *_ in rows} == {
        "access entry, Kubernetes group ops",
        "access entry, user name ana",
        "access entry, Kubernetes group system:authenticated",
    }


def test_access_policies_are_listed_with_their_scope_and_without_invented_rules():
    entry = Entry(ANA, (), access_policies=(AccessPolicy("Admin"), AccessPolicy("View", ("dev", "qa-*"))))
    rows = effective_access([entry], RbacObjects({}, {}, ()))
    assert [(row.namespace, row.role, row.rules) for row in rows] == [
        ("", "Admin", None),
        ("dev", "View", None),
        ("qa-*", "View", None),
    ]


def test_subjects_that_no_entry_leads_to_are_listed():
    rows = found(
        [], binding(Subject.group("ghosts"), name="1"), binding(Subject("ServiceAccount", "bot", "ci"), name="2")
    )
    assert [(principal, via) for principal, via, *_ in rows] == [
        ("Group ghosts", "no access entry leads here"),
        ("ServiceAccount ci/bot", "inside the cluster"),
    ]


def test_a_binding_to_a_role_that_does_not_exist_gives_nothing_and_is_listed():
    rows = found([Entry(ANA, ("g",))], binding(Subject.group("g"), RoleRef("ClusterRole", "gone")))
    assert rows == [(ANA, "access entry, Kubernetes group g", "dev", "ClusterRole gone", ())]


def test_kubernetes_own_bindings_are_quiet():
    assert found([], *builtin_bindings(), cluster_roles=builtin_cluster_roles().items()) == []


def test_a_binding_that_only_looks_like_kubernetes_own_is_listed():
    admin = RoleRef("ClusterRole", "cluster-admin")
    for name in ("cluster-admin", "system:node", "eks:admin"):
        assert found([], binding(Subject.group("intruders"), admin, "", name)) != []
