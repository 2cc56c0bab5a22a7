"""What a policy's files grant at most, read as plainly as can be: by another YAML reader, and nothing of kaccess.

Every scalar is text. What this reader does not understand grants nothing.
"""

import re
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import yaml

PROTECTED = {"kube-system", "kube-public", "kube-node-lease", "kaccess-system", "kaccess-reconciler"}


class Unreadable(Exception):
    """This reader cannot make anything of the text."""


def granted(texts, now, namespaces):
    """(cluster, group, namespace, what) for all that is granted; `namespaces` are the clusters' own, with labels.

    `what` is the name of a ClusterRole, or the rules of a role as a set.
    """
    documents = [_document(text) for text in texts]
    clusters = {name for document in documents for name in _mapping(document, "clusters")}
    roles = {name: role for document in documents for name, role in _mapping(document, "roles").items()}
    labels = dict(namespaces)
    for document in documents:
        for name, declared in _mapping(document, "namespaces").items():
            if isinstance(declared, dict) and declared.get("create") == "true":
                labels[name] = {**labels.get(name, {}), **_mapping(declared, "labels")}
    found = set()
    for grant in (grant for document in documents for grant in _list(document, "grants") if isinstance(grant, dict)):
        if not _is_over(grant.get("until"), now):
            what = _content(roles.get(grant.get("role")))
            where = {
                name for name in labels if name not in PROTECTED and _chosen(grant.get("namespaces"), name, labels)
            }
            found |= {
                (cluster, grant.get("group"), name, what)
                for cluster in (grant.get("clusters") or clusters)
                for name in where
            }
    return found


def _document(text):
    try:
        document = yaml.load(text.removeprefix("\ufeff"), Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    return document if isinstance(document, dict) else {}


def _mapping(document, key):
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _list(document, key):
    value = document.get(key)
    return value if isinstance(value, list) else []


def _content(role):
    if not isinstance(role, dict):
        return None
    if "cluster_role" in role:
        return role["cluster_role"]
    return frozenset(rule_content(*(_list(rule, key) for key in RULE_KEYS)) for rule in _list(role, "rules"))


RULE_KEYS = ("apiGroups", "resources", "verbs", "resourceNames")


def rule_content(*lists):
    """A rule, whatever the order of its words."""
    return tuple(frozenset(each) for each in lists)


def _chosen(choice, name, labels):
    if isinstance(choice, list):
        return name in choice
    if not isinstance(choice, dict):
        return False
    if "match" in choice:
        return fnmatchcase(name, choice["match"])
    selector = choice.get("selector")
    return bool(selector) and all(labels[name].get(key) == value for key, value in selector.items())


def _is_over(until, now):
    if until is None:
        return False
    whole, fraction = re.subn(r"\.[0-9]+", "", until.upper())
    try:
        return now >= datetime.fromisoformat(whole.replace("Z", "+00:00")) + timedelta(seconds=fraction)
    except (ValueError, OverflowError, TypeError):
        return True
