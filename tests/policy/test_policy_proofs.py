"""What `tests` proves of a policy is what the API server's rules say of the state that the policy desires."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kaccess.model.names import kube_group
from kaccess.model.policy import Backend, Expectation
from kaccess.model.state import Binding, KubeRole
from kaccess.policy.expectations import check
from kaccess.policy.resolve import desired
from kaccess.rbac.authorizer import Authorizer, RbacObjects
from kaccess.rbac.builtin import builtin_cluster_roles
from kaccess.rbac.request import Request
from tests.fuzz.policies import FIRST, styled
from tests.fuzz.test_fuzz_policies import loaded
from tests.policy.samples import NOW

LABELS = st.dictionaries(st.just("env"), st.sampled_from(["dev", "staging"]))
CLAIMS = st.builds(
    Expectation,
    st.sampled_from(["pay", "ops", "data"]),
    st.booleans(),
    st.sampled_from(["get", "create", "list"]),
    st.sampled_from(["pods", "pods/log", "secrets", "deployments.apps", "configmaps"]),
    st.sampled_from(["a", "b", "payments-a"]),
)


def servers(policy, labels):
    """The authorizer of each cluster, whose namespaces have these labels, once the policy is applied."""
    for cluster in policy.clusters.values():
        state = desired(policy, cluster, backend=Backend.ACCESS_ENTRIES, namespaces=labels, members={}, now=NOW).state
        roles = {(role.namespace, role.name): role.rules for role in state.all(KubeRole)}
        yield Authorizer(RbacObjects(roles, builtin_cluster_roles(), tuple(state.all(Binding))))


def allows(policy, labels, group, claim, names):
    """Whether any cluster lets the group do it, to an object of one of these names."""
    request = Request.asked(claim.verb, claim.resource, claim.namespace)
    return any(
        server.decide("ana", [kube_group(group)], replace(request, name=name)).allowed
        for server in servers(policy, labels)
        for name in names
    )


@settings(deadline=None, max_examples=150)
@given(styled(FIRST), CLAIMS, st.fixed_dictionaries(dict.fromkeys(("a", "b", "payments-a"), LABELS)))
def test_what_is_proven_is_so_on_every_cluster_that_the_policy_is_applied_to(text, claim, labels):
    policy = loaded((text,))
    if policy is None or claim.group not in policy.groups:
        return
    can, cannot = (not check(replace(policy, tests=(replace(claim, can=can),)), NOW) for can in (True, False))
    assert not (can and cannot)
    if can:
        assert allows(policy, labels, claim.group, claim, [""])
    if cannot:
        assert not allows(policy, labels, claim.group, claim, ["", "one"])
    if not can and not any(grant.namespaces.selector for grant in policy.grants):
        assert not allows(policy, labels, claim.group, claim, [""])


@settings(deadline=None, max_examples=100)
@given(styled(FIRST), CLAIMS, st.fixed_dictionaries(dict.fromkeys(("a", "b", "payments-a"), LABELS)))
def test_only_and_nobody_speak_of_all_other_groups(text, claim, labels):
    policy = loaded((text,))
    if policy is None:
        return
    for sentence in (replace(claim, only=True, can=True), replace(claim, group="", can=False)):
        if not check(replace(policy, tests=(sentence,)), NOW):
            for group in policy.groups.keys() - {sentence.group}:
                assert not allows(policy, labels, group, claim, ["", "one"])
            assert not sentence.group or allows(policy, labels, sentence.group, claim, [""])
