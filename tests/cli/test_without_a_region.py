"""Nobody need name a region that the policy names."""

import os

import pytest

from tests.e2e.company import Company

GRANT = ("data-engineers", "--role", "reader", "-n", "production")


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("grant", *GRANT, "--yes"),
        ("grant", *GRANT, "--for", "8h", "--yes"),
        ("revoke", "payments-developers", "--yes"),
        ("offboard", "ben", "--yes"),
        ("reconcile", "--once"),
    ],
    ids=" ".join,
)
def test_the_region_of_the_policy_is_enough(sandbox, tmp_path, words):
    company = Company(sandbox, tmp_path, {"AWS_REGION": "", "AWS_CONFIG_FILE": os.devnull})
    company.policy(("payments-developers", "reader", "staging"))
    done = company.kaccess("admin", *words)
    assert done.code == 0, done.said
