"""What RBAC is about: discovery, reviews, what roles and bindings may be, and who may give what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from kaccess.model.rule import RBAC_GROUP

from .rbac_objects import RBAC
from .servers import ADMIN
from .twin_kinds import NAMESPACE, RULES, SUBJECTS, VIEW
from .twin_shapes import APPLY, MERGE
from .twins import NOBODY, RITA, Step

GRANTER = "gil"
TROUBLED = "tom"
"""A granter like gil, who is also bound to a role that does not exist."""
ESCALATOR = "eve"
"""A granter who may escalate and bind as well, by the name of a role."""
AUTHENTICATION = "/apis/authentication.k8s.io/v1"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"
HELD = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["list", "get"]}
MORE = {"apiGroups": ["", "apps"], "resources": ["secrets", "pods"], "verbs": ["get", "delete"]}
ROLES = f"{RBAC}/namespaces/{NAMESPACE}/roles"
BINDINGS = f"{RBAC}/namespaces/{NAMESPACE}/rolebindings"
PATHS = ("/", "/api", "/apis", "/version", "/healthz", "/readyz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3")
GROUPS = ("apps", "authentication.k8s.io", "authorization.k8s.io", "batch", "coordination.k8s.io", RBAC_GROUP)
AGGREGATED = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"}

Manifest = dict[str, Any]


def before() -> Iterator[Step]:
    """What the other steps rest on: a namespace, and people who may a little."""
    yield Step("namespace", "POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    write = {"apiGroups": [RBAC_GROUP], "resources": ["*"], "verbs": ["get", "create", "update", "patch"]}
    reviews = {"apiGroups": ["authorization.k8s.io"], "resources": ["*"], "verbs": ["create"]}
    card = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "watch"], "resourceNames": ["card"]}
    escalate = write | {"verbs": ["escalate"], "resourceNames": ["gives-more"]}
    bind = write | {"verbs": ["bind"], "resourceNames": ["gives-more", "gone"]}
    roles = {"grants": [write, reviews, HELD], "reads": [HELD, card], "escalates": [escalate, bind]}
    for name, rules in roles.items():
        yield Step(f"role {name}", "POST", f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": rules})
    yield _bound("reads", RITA, BINDINGS)
    for name, users in {
        "grants": (GRANTER, TROUBLED, ESCALATOR),
        "gone": (TROUBLED,),
        "escalates": (ESCALATOR,),
    }.items():
        for user in users:
            yield _bound(name, user, f"{RBAC}/clusterrolebindings")


def _bound(role: str, user: str, path: str) -> Step:
    subject = {"kind": "User", "apiGroup": RBAC_GROUP, "name": user}
    binding = {"metadata": {"name": f"{user}-{role}"}, "roleRef": VIEW | {"name": role}, "subjects": [subject]}
    return Step(f"{user} is bound to {role}", "POST", path, binding)


def steps() -> Iterator[Step]:
    for particular in (_discovery, _reviews, _invalid_roles, _invalid_bindings, _escalation, _gathering):
        yield from particular()


def _discovery() -> Iterator[Step]:
    paths = [*PATHS, "/api/v1", "/api/v9", "/apis/nonsense", "/apis/apps/v9", "/nonsense", "/apis/apps/v1/nonsense"]
    paths += [path for group in GROUPS for path in (f"/apis/{group}", f"/apis/{group}/v1")]
    for path in paths:
        yield Step(f"discovery {path}", "GET", path)
        yield Step(f"discovery {path} by {RITA}", "GET", path, user=RITA)
        yield Step(f"discovery {path} by nobody", "GET", path, user=NOBODY)
    for path in ("/api", "/apis"):
        yield Step(f"discovery {path}, aggregated", "GET", path, headers=AGGREGATED)
    yield Step("discovery with a wrong token", "GET", "/api", headers={"Authorization": "Bearer wrong"})
    yield Step("objects with a wrong token", "GET", "/api/v1/pods", headers={"Authorization": "Bearer wrong"})


def _reviews() -> Iterator[Step]:
    asked = {
        "pods": {"resource": "pods", "verb": "list", "namespace": NAMESPACE},
        "logs": {"resource": "pods", "subresource": "log", "verb": "get", "namespace": NAMESPACE, "name": "one"},
        "pods elsewhere": {"resource": "pods", "verb": "list", "namespace": "default"},
        "pods everywhere": {"resource": "pods", "verb": "list"},
        "a card": {"resource": "configmaps", "verb": "get", "namespace": NAMESPACE, "name": "card"},
        "another card": {"resource": "configmaps", "verb": "get", "namespace": NAMESPACE, "name": "other"},
        "all verbs": {"resource": "*", "verb": "*", "group": "*"},
        "nothing": {},
    }
    for user in (ADMIN, RITA, GRANTER):
        yield Step(f"who am I, {user}", "POST", f"{AUTHENTICATION}/selfsubjectreviews", {}, user=user)
        for name, attributes in asked.items():
            body = {"spec": {"resourceAttributes": attributes}}
            yield Step(f"may {user} {name}", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", body, user=user)
        for path in ("/version", "/metrics"):
            body = {"spec": {"nonResourceAttributes": {"path": path, "verb": "get"}}}
            yield Step(f"may {user} {path}", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", body, user=user)
        rules = {"spec": {"namespace": NAMESPACE}}
        yield Step(f"rules of {user}", "POST", f"{AUTHORIZATION}/selfsubjectrulesreviews", rules, user=user)
        of_rita = {"spec": {"user": RITA, "groups": ["a"], "resourceAttributes": asked["pods"]}}
        yield Step(f"may rita, asked by {user}", "POST", f"{AUTHORIZATION}/subjectaccessreviews", of_rita, user=user)
        local = f"{AUTHORIZATION}/namespaces/{NAMESPACE}/localsubjectaccessreviews"
        yield Step(f"may rita, asked in the namespace by {user}", "POST", local, of_rita, user=user)
    yield from _broken_reviews()


def _broken_reviews() -> Iterator[Step]:
    pods, path = {"resource": "pods", "verb": "get"}, {"path": "/", "verb": "get"}
    specs: dict[str, Manifest] = {
        "without attributes": {"user": RITA},
        "with both attributes": {"user": RITA, "resourceAttributes": pods, "nonResourceAttributes": path},
        "of nobody": {"resourceAttributes": pods},
        "of groups": {"groups": ["a"], "resourceAttributes": pods},
    }
    for name, spec in specs.items():
        yield Step(f"review {name}", "POST", f"{AUTHORIZATION}/subjectaccessreviews", {"spec": spec})
        yield Step(f"own review {name}", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": spec})
    yield Step("rules without a namespace", "POST", f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {}})
    elsewhere = {"spec": {"user": RITA, "resourceAttributes": pods | {"namespace": "default"}}}
    local = f"{AUTHORIZATION}/namespaces/{NAMESPACE}/localsubjectaccessreviews"
    yield Step("local review of another namespace", "POST", local, elsewhere)
    yield Step("list reviews", "GET", f"{AUTHORIZATION}/subjectaccessreviews")
    yield Step("review by nobody", "POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": {}}, user=NOBODY)
    yield Step("who is nobody", "POST", f"{AUTHENTICATION}/selfsubjectreviews", {}, user=NOBODY)


def _invalid_roles() -> Iterator[Step]:
    rule = RULES[0]
    wrong: dict[str, list[Manifest]] = {
        "no verbs": [rule | {"verbs": []}],
        "no groups": [rule | {"apiGroups": []}],
        "no resources": [rule | {"resources": []}],
        "nothing": [{}],
        "urls": [{"nonResourceURLs": ["/x"], "verbs": ["get"]}],
        "urls and resources": [rule | {"nonResourceURLs": ["/x"]}],
        "two wrong rules": [rule | {"verbs": []}, rule, rule | {"resources": []}],
        "text for verbs": [rule | {"verbs": "get"}],
        "no rules": [],
    }
    for name, rules in wrong.items():
        yield Step(f"role of {name}", "POST", f"{ROLES}?dryRun=All", {"metadata": {"name": "wrong"}, "rules": rules})
        body = {"metadata": {"name": "wrong"}, "rules": rules}
        yield Step(f"cluster role of {name}", "POST", f"{RBAC}/clusterroles?dryRun=All", body)
    for name in ("Odd:Name", "a b", "a/b", "a%b", "..", "x" * 300):
        body = {"metadata": {"name": name}, "rules": RULES}
        yield Step(f"role called {name[:9]}", "POST", f"{ROLES}?dryRun=All", body)


def _invalid_bindings() -> Iterator[Step]:
    one: Manifest = {"metadata": {"name": "wrong"}, "roleRef": VIEW, "subjects": SUBJECTS}
    wrong: dict[str, Manifest] = {
        "no roleRef": {"metadata": {"name": "wrong"}, "subjects": SUBJECTS},
        "a roleRef of no kind": one | {"roleRef": {"name": "view"}},
        "a roleRef of another kind": one | {"roleRef": VIEW | {"kind": "Nonsense"}},
        "a roleRef of another group": one | {"roleRef": VIEW | {"apiGroup": "nonsense"}},
        "a roleRef without a name": one | {"roleRef": VIEW | {"name": ""}},
        "a roleRef without a group": one | {"roleRef": {"kind": "ClusterRole", "name": "view"}},
        "a Role": one | {"roleRef": VIEW | {"kind": "Role"}},
        "no subjects": one | {"subjects": []},
        "a subject of no kind": one | {"subjects": [{"name": "x"}]},
        "a subject of another kind": one | {"subjects": [{"kind": "Nonsense", "name": "x"}]},
        "a subject without a name": one | {"subjects": [{"kind": "User", "name": ""}]},
        "a subject of another group": one | {"subjects": [{"kind": "User", "apiGroup": "nonsense", "name": "x"}]},
        "a user without a group": one | {"subjects": [{"kind": "User", "name": "x"}]},
        "a service account of a group": one | {"subjects": [SUBJECTS[0] | {"kind": "ServiceAccount"}]},
        "a service account": one | {"subjects": [{"kind": "ServiceAccount", "name": "x", "namespace": "y"}]},
        "a service account of nowhere": one | {"subjects": [{"kind": "ServiceAccount", "name": "x"}]},
        "a user of a namespace": one | {"subjects": [SUBJECTS[0] | {"kind": "User", "namespace": "x"}]},
    }
    for name, body in wrong.items():
        yield Step(f"binding with {name}", "POST", f"{BINDINGS}?dryRun=All", body)
        yield Step(f"cluster binding with {name}", "POST", f"{RBAC}/clusterrolebindings?dryRun=All", body)


def _escalation() -> Iterator[Step]:
    for name, rules in (("held", [HELD]), ("more", [HELD, MORE]), ("none", [])):
        role: Manifest = {"metadata": {"name": f"gives-{name}"}, "rules": rules}
        everywhere = f"{RBAC}/clusterroles?dryRun=All"
        yield Step(f"gil creates a role of {name}", "POST", f"{ROLES}?dryRun=All", role, user=GRANTER)
        yield Step(f"tom creates a role of {name}", "POST", f"{ROLES}?dryRun=All", role, user=TROUBLED)
        yield Step(f"eve creates a role of {name}", "POST", f"{ROLES}?dryRun=All", role, user=ESCALATOR)
        yield Step(f"gil creates a cluster role of {name}", "POST", everywhere, role, user=GRANTER)
        yield Step(f"role of {name}", "POST", ROLES, role)
        binding = {"metadata": {"name": f"gives-{name}"}, "subjects": SUBJECTS}
        binding |= {"roleRef": VIEW | {"kind": "Role", "name": f"gives-{name}"}}
        yield Step(f"gil binds a role of {name}", "POST", f"{BINDINGS}?dryRun=All", binding, user=GRANTER)
        yield Step(f"eve binds a role of {name}", "POST", f"{BINDINGS}?dryRun=All", binding, user=ESCALATOR)
        yield Step(f"binding to {name}", "POST", BINDINGS, binding)
        yield from _changes(name, role)
    gone: Manifest = {"metadata": {"name": "gone"}, "subjects": SUBJECTS, "roleRef": VIEW | {"name": "gone"}}
    for user, role in itertools.product((ADMIN, GRANTER, TROUBLED, ESCALATOR), ("gone", "view")):
        body = gone | {"roleRef": VIEW | {"name": role}}
        yield Step(f"{user} binds {role}", "POST", f"{BINDINGS}?dryRun=All", body, user=user)
        yield Step(f"{user} binds {role} everywhere", "POST", f"{RBAC}/clusterrolebindings?dryRun=All", body, user=user)
    yield Step("tom gets secrets", "GET", f"/api/v1/namespaces/{NAMESPACE}/secrets", user=TROUBLED)
    headers = {"Impersonate-User": "someone"}
    yield Step("nobody impersonates", "GET", "/api/v1/pods", user=NOBODY, headers=headers)


def _changes(name: str, role: Manifest) -> Iterator[Step]:
    """Changes of metadata alone are checked like all others, but for what garbage collection needs."""
    changes: dict[str, Manifest] = {
        "labels": {"metadata": {"labels": {"a": "b"}}},
        "keeps": {"metadata": {"finalizers": ["a.example/b"]}},
        "widens": {"rules": [MORE]},
    }
    path = f"gives-{name}?dryRun=All"
    for verb, change in changes.items():
        for user in (GRANTER, ESCALATOR):
            yield Step(f"{user} {verb} a role of {name}", "PATCH", f"{ROLES}/{path}", change, user, MERGE)
    yield Step(f"gil labels a binding to {name}", "PATCH", f"{BINDINGS}/{path}", changes["labels"], GRANTER, MERGE)
    applied = {"apiVersion": f"{RBAC_GROUP}/v1", "kind": "Role", **role, **changes["widens"]}
    force = f"{ROLES}/{path}&fieldManager=gil&force=true"
    yield Step(f"gil applies more to a role of {name}", "PATCH", force, applied, GRANTER, APPLY)


def _gathering() -> Iterator[Step]:
    by_label = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    gathers: Manifest = {"metadata": {"name": "gathers"}, **by_label}
    at = f"{RBAC}/clusterroles"
    yield Step("gil creates a role that gathers", "POST", f"{at}?dryRun=All", gathers, user=GRANTER)
    selector = {"aggregationRule": {"clusterRoleSelectors": []}}
    yield Step("role that gathers by nothing", "POST", f"{at}?dryRun=All", gathers | selector)
    own = gathers | {"metadata": {"name": "gathers-nothing"}, "rules": RULES}
    yield Step("role that gathers nothing", "POST", at, own)
    yield Step("role that gathered nothing", "GET", f"{at}/gathers-nothing")
    yield Step("role that gathered nothing is deleted", "DELETE", f"{at}/gathers-nothing")
