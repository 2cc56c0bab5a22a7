"""A policy with a role of each sort."""

from datetime import datetime, timedelta, timezone

from kaccess.model.policy import (
    Cluster,
    DeclaredNamespace,
    Grant,
    Group,
    NamespaceChoice,
    Policy,
    Role,
    SourceKind,
)
from kaccess.model.rule import Rule

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
ACCOUNT = "111122223333"
OTHER = "444455556666"
CARDO = Cluster("cardo", "cardo-eks", "eu-south-1", ACCOUNT)
BEIJING = Cluster("beijing", "beijing-eks", "cn-north-1", OTHER, iam_role=f"arn:aws-cn:iam::{OTHER}:role/access")

PODS = Rule(("get", "list"), ("",), ("pods",))
DEPLOYMENTS = Rule(("*",), ("apps",), ("deployments",))


def grant(group, role, *names, until=None, **choice):
    return Grant(group, role, NamespaceChoice(names=names, **choice), until=until)


POLICY = Policy(
    clusters={"cardo": CARDO},
    groups={
        "payments": Group("payments", target="payments"),
        "oncall": Group("oncall", SourceKind.IAM_ROLE, f"arn:aws:iam::{OTHER}:role/oncall"),
    },
    namespaces={
        "development": DeclaredNamespace("development", create=True, labels=(("env", "development"),)),
        "staging": DeclaredNamespace("staging"),
        "production": DeclaredNamespace("production"),
    },
    roles={
        "reader": Role("reader", (PODS,)),
        "deployer": Role("deployer", (PODS, DEPLOYMENTS)),
        "viewer": Role("viewer", cluster_role="view"),
        "editor": Role("editor", cluster_role="edit"),
    },
    grants=(
        grant("payments", "deployer", "development"),
        grant("payments", "viewer", "staging", "production"),
        grant("oncall", "reader", match="prod*"),
        grant("oncall", "editor", "staging", until=NOW - timedelta(days=1)),
        grant("oncall", "editor", selector=(("env", "development"),)),
    ),
)
