"""The story that `kaccess sandbox demo` plays: who types what, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One command of one person. `says` must be in what it prints, `never_says` must not; it ends with `exit_code`."""

    person: str
    command: str
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True)
class Chapter:
    """A few steps under one sentence."""

    title: str
    steps: tuple[Step, ...]


def story() -> Iterator[Chapter]:
    """The whole story, in order."""
    yield Chapter(
        "The administrator starts a policy and looks at who is in the cluster today.",
        (
            Step("admin", "kaccess init --cluster cardo=cardo-eks", says=("kaccess.yaml",)),
            Step("admin", "kaccess validate", says=("valid",)),
            Step("admin", "kaccess audit", says=("AmazonEKSClusterAdminPolicy", "argocd"), never_says=("user/ana",)),
        ),
    )
    yield Chapter(
        "They grant the payments developers a role, look at the plan, and apply it.",
        (
            Step("admin", "kaccess grant payments-developers --role developer -n development --no-apply"),
            Step("admin", "kaccess grant payments-developers --role viewer -n staging --no-apply"),
            Step("admin", "kaccess validate", says=("valid",)),
            Step("admin", "kaccess plan", says=("user/ana", "kaccess:payments-developers:developer")),
            Step("admin", "kaccess apply --yes", says=("0 failed",)),
            Step("admin", "kaccess plan --check", says=("nothing to do",)),
        ),
    )
    yield Chapter(
        "Ana, a payments developer, logs in with her own AWS credentials. Nobody had to do anything for her.",
        (
            Step("ana", "kaccess login", says=("cardo/development", "cardo/staging"), never_says=("production",)),
            Step("ana", "kubectl --context cardo/development create deployment web --image=nginx", says=("created",)),
            Step("ana", "kubectl --context cardo/development get deployments,pods", says=("web",)),
            Step("ana", "kubectl --context cardo/development auth can-i --list", says=("deployments.apps",)),
            Step("ana", "kubectl --context cardo/staging get pods"),
        ),
    )
    yield Chapter(
        "She reaches those namespaces alone: not production, not even the list of namespaces.",
        (
            Step("ana", "kubectl --context cardo/development -n production get pods", ("forbidden",), exit_code=1),
            Step("ana", "kubectl --context cardo/staging delete deployment web", ("forbidden",), exit_code=1),
            Step("ana", "kubectl --context cardo/development get secrets", ("forbidden",), exit_code=1),
            Step("ana", "kubectl --context cardo/development get namespaces", ("forbidden",), exit_code=1),
            Step("ana", "kaccess can-i delete pods -n production", ("no",), exit_code=1),
        ),
    )
    yield Chapter(
        "Dario is in no group with a grant. He is told so, and what to ask for.",
        (Step("dario", "kaccess login", ("kaccess grant GROUP",), exit_code=1),),
    )
    yield Chapter(
        "An incident: the data engineers get a look at production for an hour. Then it is over.",
        (
            Step(
                "admin",
                "kaccess grant data-engineers --role viewer -n production --for 1h --reason INC-1234 --yes",
                says=("INC-1234", "user/carla"),
            ),
            Step("carla", "kaccess login", says=("cardo/production",)),
            Step("carla", "kubectl --context cardo/production get pods"),
            Step("admin", "kaccess revoke data-engineers --yes", says=("0 failed",)),
            Step("carla", "kubectl --context cardo/production get pods", ("Unauthorized",), exit_code=1),
        ),
    )
    yield Chapter(
        "The auditor, who may change nothing, reads who can do what now.",
        (Step("olga", "kaccess audit", says=("user/ana", "developer"), never_says=("user/carla",)),),
    )
