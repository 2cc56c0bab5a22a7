"""Policies to edit: lists in both styles, with comments in awkward places."""

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
EMPTY = FLOW[: FLOW.index("grants:")]
