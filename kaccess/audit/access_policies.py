"""What the EKS access policies allow, as far as AWS says it.

`access_policies.json` holds the rules that the EKS user guide lists under "Review access policy permissions"
(https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html), as of its update of 2025-11-06, which
added AmazonEKSSecretReaderPolicy. AWS may widen them at any time. Of the others, which are for nodes and for EKS's own
roles, the guide gives no rules: a policy that is not there may allow anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from kaccess.model.rule import Rule, rules_from_json


@cache
def access_policy_rules() -> Mapping[str, tuple[Rule, ...]]:
    """The rules of the documented access policies, by their names."""
    text = files(__package__).joinpath("access_policies.json").read_text("utf-8")
    return MappingProxyType({name: rules_from_json(rules) for name, rules in json.loads(text).items()})


def in_scope(scope: str, namespace: str) -> bool:
    """Whether a namespace of an access policy's scope, which may have `*` for any characters, covers a namespace.

    What belongs to no namespace is covered by no such scope.
    """
    if not namespace:
        return False
    return fnmatchcase(namespace, scope) if "*" in scope else namespace == scope
