"""Resources as people name them to kubectl."""

from __future__ import annotations

import pytest

from kaccess.model.errors import Usage
from kaccess.policy.resources import CORE, HOME, qualified


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("pods", "pods"),
        ("pod", "pods"),
        ("po", "pods"),
        ("pods/exec", "pods/exec"),
        ("deploy", "deployments.apps"),
        ("Deployment/scale", "deployments.apps/scale"),
        ("ingress", "ingresses.networking.k8s.io"),
        ("networkpolicy", "networkpolicies.networking.k8s.io"),
        ("ep", "endpoints"),
        ("widgets.example.com", "widgets.example.com"),
        ("*", "*"),
    ],
)
def test_short_names_singulars_and_missing_api_groups_are_filled_in(named, expected):
    assert qualified(named) == expected


def test_full_names_stay_as_they_are():
    assert [qualified(name) for name in sorted(CORE)] == sorted(CORE)
    assert [qualified(name) for name in HOME] == [f"{name}.{home}" for name, home in HOME.items()]


@pytest.mark.parametrize(
    ("named", "advice"), [("depoyments", "did you mean 'deployments'?"), ("widgets", "write RESOURCE.APIGROUP")]
)
def test_what_kubernetes_does_not_have_is_no_quiet_no(named, advice):
    with pytest.raises(Usage) as caught:
        qualified(named)
    assert advice in str(caught.value)
