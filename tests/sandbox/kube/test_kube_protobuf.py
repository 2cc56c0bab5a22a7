"""Protobuf bodies, as kubectl's typed commands send them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.sandbox.kube.protobuf import MAGIC, MEDIA_TYPE, decode, read_envelope
from kaccess.sandbox.kube.statuses import StatusError


def field(number, value):
    """An encoded field: bytes and text with their length, numbers as varints."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def envelope(api_version, kind, data):
    return MAGIC + field(1, field(1, api_version) + field(2, kind)) + field(2, data)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (
            "rbac.PolicyRule",
            field(1, "get") + field(1, "list") + field(2, ""),
            {"verbs": ["get", "list"], "apiGroups": [""]},
        ),
        (
            "core.ConfigMap",
            field(2, field(1, "k") + field(2, "v")) + field(2, field(1, "e")),
            {"data": {"k": "v", "e": ""}},
        ),
        ("core.Secret", field(2, field(1, "k") + field(2, b"\x00")), {"data": {"k": "AA=="}}),
        ("apps.DeploymentSpec", field(1, 0) + field(5, 0), {"replicas": 0}),
        ("core.ServicePort", field(3, 80) + field(4, field(1, 0) + field(2, 8080)), {"port": 80, "targetPort": 8080}),
        ("core.ServicePort", field(4, field(1, 1) + field(3, "http")), {"targetPort": "http"}),
        ("core.ServicePort", field(4, field(1, 0) + field(2, 0)), {}),
        ("core.Toleration", field(5, -1), {"tolerationSeconds": -1}),
        ("core.EmptyDirVolumeSource", field(2, field(1, "1Gi")), {"sizeLimit": "1Gi"}),
        ("core.Volume", field(1, "v") + field(2, field(2, b"")), {"name": "v", "emptyDir": {}}),
        ("meta.ObjectMeta", field(1, "n") + field(8, b""), {"name": "n"}),
        ("meta.ObjectMeta", field(8, field(1, 0)), {"creationTimestamp": "1970-01-01T00:00:00Z"}),
        (
            "coordination.LeaseSpec",
            field(3, field(1, 1) + field(2, 5000)),
            {"acquireTime": "1970-01-01T00:00:01.000005Z"},
        ),
        (
            "authorization.SubjectAccessReviewSpec",
            field(5, field(1, "k") + field(2, field(1, "a") + field(1, "b"))),
            {"extra": {"k": ["a", "b"]}},
        ),
        ("meta.ManagedFieldsEntry", field(7, field(1, '{"f:x":{}}')), {"fieldsV1": {"f:x": {}}}),
    ],
)
def test_messages_become_json(name, data, expected):
    assert decode(data, name) == expected


@pytest.mark.parametrize(
    "data",
    [
        field(99, "x"),
        field(1, 5),
        b"\x0a",
        b"\x0a\x05ab",
        b"\xff" * 11,
        b"\x0b",
        field(8, field(1, 1 << 62)),
        field(1, b"\xff"),
    ],
)
def test_malformed_messages_are_refused(data):
    with pytest.raises(StatusError) as refused:
        decode(data, "meta.ObjectMeta")
    assert refused.value.code == 400


@given(st.binary(max_size=200), st.sampled_from(["core.Pod", "apps.Deployment", "meta.ObjectMeta", "rbac.ClusterRole"]))
def test_whatever_comes_is_read_or_refused(data, name):
    for read in (lambda: decode(data, name), lambda: read_envelope(MAGIC + data)):
        with suppress(StatusError):
            assert read() is not None


def test_a_body_may_be_protobuf(api):
    role = field(1, field(1, "r")) + field(2, field(1, "get") + field(2, "") + field(3, "pods"))
    body = envelope("rbac.authorization.k8s.io/v1", "Role", role)
    path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
    made = api.make(path, body, Content_Type=MEDIA_TYPE)
    assert made["rules"] == [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    wrong = api.ask("POST", path, envelope("v1", "Pod", role), Content_Type=MEDIA_TYPE)
    assert wrong.code == 400
    assert api.ask("POST", path, b"k8s", Content_Type=MEDIA_TYPE).code == 400
    options = envelope("v1", "DeleteOptions", field(2, field(1, "wrong-uid")))
    assert api.ask("DELETE", f"{path}/r", options, Content_Type=MEDIA_TYPE).code == 409
