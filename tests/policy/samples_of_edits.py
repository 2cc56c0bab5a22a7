"""Policies to edit: lists in both styles, with comments in awkward places."""

from difflib import ndiff

from kaccess.model.policy import Grant, NamespaceChoice
from tests.policy.samples import CLUSTERS, HEAD

BLOCK = f"""\
{HEAD}{CLUSTERS}namespaces: {{a: , b: , c: }}
roles: {{viewer: {{cluster_role: view}}, editor: {{cluster_role: edit}}}}

grants:  # who may do what
  # the payments team
  - {{group: pay, role: viewer, namespaces: [a, b]}}   # asked for by Ana

  - group: ops
    role: viewer
    namespaces:
      - a
      - b  # until the move
      - c
    reason: |
      a reason
      of two lines

  # data
  - {{ group: data, role: viewer, namespaces: [ "a" ] }}
# the end
"""
FLOW = f"""\
{HEAD}{CLUSTERS}namespaces: {{a: , b: , c: }}
roles: {{viewer: {{cluster_role: view}}, editor: {{cluster_role: edit}}}}
grants: [{{group: pay, role: viewer, namespaces: [a, b]}},
         {{group: data, role: viewer, namespaces: [a]}}]  # all of them
"""
LINES = (
    FLOW[: FLOW.index("grants:")]
    + """\
grants: [
  # the payments team
  {group: pay, role: viewer, namespaces: [a, b]},  # of Ana
  {group: ops, role: viewer, namespaces: [a]},

  # data
  {group: data, role: viewer, namespaces: [a]},  # the data of all
]
"""
)
JSON = (
    '{"apiVersion": "kaccess/v1", "kind": "AccessPolicy", '
    '"clusters": {"c": {"name": "c", "region": "eu-south-1", "account": "111122223333"}}, '
    '"namespaces": {"a": {}, "b": {}, "c": {}}, '
    '"roles": {"viewer": {"cluster_role": "view"}, "editor": {"cluster_role": "edit"}}}'
)
EMPTY = FLOW[: FLOW.index("grants:")]


def grant(group, role, *namespaces, **more):
    return Grant(group, role, NamespaceChoice(namespaces), **more)


def lines_changed(edited):
    """The lines that differ: `+ ...` and `- ...`."""
    (file,) = edited.files
    return [line.rstrip() for line in ndiff(file.before.splitlines(), file.after.splitlines()) if line[0] in "+-"]
