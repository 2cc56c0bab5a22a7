"""Whatever stands in policy files: problems with places, or a policy that gives no more than the files plainly say."""

import re
from pathlib import Path

import pytest
from hypothesis import event, given

from kaccess.model.identity import Principal
from kaccess.model.policy import Backend
from kaccess.model.state import Binding, Entry, KubeRole
from kaccess.policy.assume import desired_assume
from kaccess.policy.expectations import check
from kaccess.policy.files import PolicyFile
from kaccess.policy.lint import lint
from kaccess.policy.load import PolicyError, load_files
from kaccess.policy.resolve import desired
from tests.fuzz.budget import share
from tests.fuzz.oracle import Unreadable, granted, rule_content
from tests.fuzz.policies import TEXTS
from tests.policy.samples import NOW

pytestmark = pytest.mark.thorough

PLACED = re.compile(r"[a-z]\.yaml:[1-9][0-9]*:[1-9][0-9]*: [ -~]+")
CLUSTER = {
    "a": {},
    "staging": {"env": "staging"},
    "payments-a": {"env": "dev"},
    "kube-system": {"env": "dev"},
    "production": {},
}
ANA = (Principal("arn:aws:iam::111122223333:user/ana"),)


def loaded(texts):
    """The policy, or None after a look at what is said about the problems."""
    files = (PolicyFile(Path(f"{name}.yaml"), text) for name, text in zip("abc", texts, strict=False))
    try:
        return load_files(files).policy
    except PolicyError as error:
        for line in str(error).split("\n"):
            assert PLACED.fullmatch(line), line
        return None


def given_by(policy):
    """(cluster, group, namespace, what) for every binding that the policy desires, as the oracle says it."""
    found = set()
    for cluster in policy.clusters.values():
        members = dict.fromkeys(policy.groups, ANA)
        state = desired(
            policy, cluster, backend=Backend.ACCESS_ENTRIES, namespaces=CLUSTER, members=members, now=NOW
        ).state
        rules = {(role.namespace, role.name): role.rules for role in state.all(KubeRole)}
        for binding in state.all(Binding):
            if binding.namespace != "kaccess-system":
                found.add((cluster.alias, group_of(binding), binding.namespace, what_of(binding, rules)))
        groups = {group for _, group, _, _ in found}
        for entry in state.all(Entry):
            # A group whose namespaces are not there has an entry all the same, and nothing else.
            assert {group.removeprefix("kaccess:") for group in entry.kube_groups} <= groups | policy.groups.keys()
    return found


def group_of(binding):
    (subject,) = binding.subjects
    assert (subject.kind, subject.name[:8]) == ("Group", "kaccess:")
    return subject.name[8:]


def what_of(binding, rules):
    if binding.role_ref.kind == "ClusterRole":
        return binding.role_ref.name
    held = rules[binding.namespace, binding.role_ref.name]
    assert not any(rule.non_resource_urls for rule in held)
    return frozenset(rule_content(each.api_groups, each.resources, each.verbs, each.resource_names) for each in held)


@share(55)
@given(TEXTS)
def test_no_traceback_and_no_access_beyond_what_the_files_say(texts):
    policy = loaded(texts)
    if policy is None:
        event("problems")
        return
    lint(policy, NOW)
    check(policy, NOW)
    for cluster in policy.clusters.values():
        desired_assume(policy, cluster.account, NOW, offboarded_members={})
    found = given_by(policy)
    try:
        most = granted(texts, NOW, CLUSTER)
    except Unreadable:
        event("a policy to kaccess alone")
        assert not found
        return
    event("a policy that grants" if found else "a policy")
    assert found <= most, found - most
