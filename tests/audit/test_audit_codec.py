"""A snapshot that is saved is the same when it is read back."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.audit.codec import Malformed, decode, encode
from kaccess.audit.inventory import Inventory
from kaccess.audit.snapshot import AccountSnapshot, ClusterSnapshot, IamUser, PolicyText, Snapshot, TrustedRole, Unread
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import AccessPolicy, AwsAuth, Binding, Entry, Key, KubeRole, Namespace
from kaccess.rbac.aggregate import ClusterRole, Requirement, Selector

from .worlds import Cluster

WORDS = st.text(max_size=6)


def lists(of):
    return st.lists(of, max_size=3).map(tuple)


st.register_type_strategy(str, WORDS)
MOMENTS = st.datetimes(timezones=st.timezones())
RULES = st.builds(Rule, lists(WORDS), lists(WORDS), lists(WORDS), lists(WORDS), lists(WORDS))
ENTRIES = st.builds(
    Entry,
    WORDS,
    lists(WORDS),
    owned=st.booleans(),
    username=WORDS,
    access_policies=lists(st.builds(AccessPolicy, WORDS, lists(WORDS))),
    stale=st.booleans(),
    created_at=st.none() | MOMENTS,
)
BINDINGS = st.builds(Binding, WORDS, WORDS, st.builds(RoleRef), lists(st.builds(Subject)))
SELECTORS = st.none() | lists(st.builds(Selector, lists(st.builds(Requirement, WORDS, WORDS, lists(WORDS)))))
CLUSTER_ROLES = st.builds(ClusterRole, WORDS, lists(RULES), st.dictionaries(WORDS, WORDS, max_size=2), SELECTORS)
INVENTORIES = st.builds(
    Inventory,
    lists(st.builds(KubeRole, WORDS, WORDS, lists(RULES))),
    lists(CLUSTER_ROLES),
    lists(BINDINGS),
    st.frozensets(st.builds(Key), max_size=2),
)
CLUSTERS = st.builds(
    ClusterSnapshot,
    entries=lists(ENTRIES),
    aws_auth=st.none() | st.builds(AwsAuth, lists(ENTRIES), lists(WORDS), lists(WORDS)),
    namespaces=lists(st.builds(Namespace, WORDS, lists(st.tuples(WORDS, WORDS)))),
    rbac=INVENTORIES,
)
USERS = st.builds(IamUser, WORDS, MOMENTS, lists(WORDS), last_used=st.none() | MOMENTS)
ACCOUNTS = st.builds(
    AccountSnapshot,
    users=lists(USERS),
    iam_groups=st.just(()),
    iam_roles=lists(st.builds(TrustedRole, WORDS, MOMENTS, WORDS)),
    skipped=lists(WORDS),
)
SNAPSHOTS = st.builds(
    Snapshot, MOMENTS, lists(CLUSTERS), lists(ACCOUNTS), lists(st.builds(PolicyText)), lists(st.builds(Unread))
)


@given(SNAPSHOTS)
def test_what_is_written_is_read_back(snapshot):
    text = json.dumps(encode(snapshot))
    assert encode(decode(Snapshot, json.loads(text))) == json.loads(text)


def test_a_whole_cluster_is_read_back_with_all_its_parts():
    snapshot = Cluster().snapshot()
    read = decode(Snapshot, json.loads(json.dumps(encode(snapshot))))
    assert read == snapshot
    # What equality leaves out: by whom an entry was made, and when.
    assert encode(read) == encode(snapshot)


def test_what_a_newer_kaccess_adds_is_left_out():
    data = encode(Cluster().snapshot()) | {"weather": "fine"}
    assert decode(Snapshot, data) == Cluster().snapshot()


@pytest.mark.parametrize(
    "data", [None, [], 7, {}, {"taken_at": "yesterday"}, {"taken_at": "2026-11-24T12:00:00+00:00", "clusters": [1]}]
)
def test_what_is_no_snapshot_is_one_line(data):
    with pytest.raises(Malformed, match="no saved audit"):
        decode(Snapshot, data)


def test_a_value_of_another_type_is_refused():
    @dataclass(frozen=True)
    class Text:
        words: str

    with pytest.raises(Malformed):
        decode(Text, {"words": 7})
