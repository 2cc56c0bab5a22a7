"""Rules, requests and RBAC objects over alphabets so small that they often meet."""

from hypothesis import strategies as st

from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.authorizer import RbacObjects
from kaccess.rbac.request import Request

VERBS = ("get", "list", "create", "impersonate", "bind")
GROUPS = ("", "apps", "rbac.authorization.k8s.io")
RESOURCES = ("pods", "deployments", "roles", "secrets")
SUBRESOURCES = ("log", "scale")
NAMES = ("a", "b")
PATHS = ("/healthz", "/healthz/etcd", "/version", "/")
URLS = (*PATHS, "/healthz*", "/healthz/*", "/*", "/version**", "*")
NAMESPACES = ("dev", "prod")
PEOPLE = ("ana", "ben", "system:serviceaccount:dev:bot")
KUBE_GROUPS = ("kaccess:devs", "system:authenticated")


def some(values, **sizes):
    return st.lists(st.sampled_from(values), unique=True, max_size=2, **sizes).map(tuple)


rule_resources = (
    *RESOURCES,
    "*",
    *(f"{resource}/{sub}" for resource in ("*", *RESOURCES) for sub in SUBRESOURCES),
)
resource_rules = st.builds(
    Rule,
    verbs=some(("*", *VERBS), min_size=1),
    api_groups=some(("*", *GROUPS), min_size=1),
    resources=some(rule_resources, min_size=1),
    resource_names=st.just(()) | some(NAMES),
)
url_rules = st.builds(Rule, verbs=some(("*", *VERBS), min_size=1), non_resource_urls=some(URLS, min_size=1))
rules = resource_rules | url_rules
rule_lists = st.lists(rules, max_size=4).map(tuple)

resource_requests = st.builds(
    Request,
    verb=st.sampled_from(VERBS),
    resource=st.sampled_from(RESOURCES),
    api_group=st.sampled_from(GROUPS),
    subresource=st.sampled_from(("", *SUBRESOURCES)),
    namespace=st.sampled_from(("", *NAMESPACES)),
    name=st.sampled_from(("", *NAMES)),
)
requests = resource_requests | st.builds(Request, verb=st.sampled_from(VERBS), path=st.sampled_from(PATHS))

subjects = (
    st.builds(Subject, st.just("User"), st.sampled_from(PEOPLE))
    | st.builds(Subject, st.just("Group"), st.sampled_from(KUBE_GROUPS))
    | st.builds(
        Subject, st.just("ServiceAccount"), st.sampled_from(("bot", "other")), st.sampled_from(("", *NAMESPACES))
    )
)
ROLE_NAMES = ("reader", "writer", "gone")


@st.composite
def bindings(draw):
    namespace = draw(st.sampled_from(("", *NAMESPACES)))
    kind = draw(st.sampled_from(("Role", "ClusterRole"))) if namespace else "ClusterRole"
    name = draw(st.sampled_from(("one", "two", "three")))
    held_by = tuple(draw(st.lists(subjects, max_size=3)))
    return Binding(namespace, name, RoleRef(kind, draw(st.sampled_from(ROLE_NAMES))), held_by)


rbac_objects = st.builds(
    RbacObjects,
    roles=st.dictionaries(st.tuples(st.sampled_from(NAMESPACES), st.sampled_from(ROLE_NAMES[:2])), rule_lists),
    cluster_roles=st.dictionaries(st.sampled_from(ROLE_NAMES[:2]), rule_lists),
    bindings=st.lists(bindings(), max_size=5, unique_by=lambda binding: binding.key).map(tuple),
)
