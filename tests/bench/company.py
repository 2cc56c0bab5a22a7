"""A company of any size: its policy, and the people in its IAM groups. All of it is computed; nothing is random."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from kaccess.kube.lists import PAGE

EXAMPLES = Path(__file__).parents[2] / "policies"
ROLES = ("viewer", "developer", "deployer", "debugger")
"""Those of the example policy, whose rules are as many as a real team's."""

ACCOUNT = "111122223333"
LISTS = 4
"""What a plan reads: Namespaces, Roles, RoleBindings and cards."""
MEMBERS = 8
GROUPS_OF_A_PERSON = 2

_HEAD = f"""\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {{name: cardo-eks, region: eu-south-1, account: "{ACCOUNT}"}}
"""


@dataclass(frozen=True)
class Size:
    """How much a policy holds. `bindings` counts those that publish the directory, too: one a group."""

    groups: int
    namespaces: int
    bindings: int

    @property
    def objects(self) -> int:
        """All Kubernetes objects: the Roles, the cards with the Role of each, and the directory's namespace as well."""
        return self.bindings + len(ROLES) * self.namespaces + 2 * self.groups + self.namespaces + 1

    @property
    def pages(self) -> int:
        """The most pages that the lists of all this can take."""
        return self.objects // PAGE + LISTS


FULL = Size(groups=300, namespaces=100, bindings=10_000)


def part_of(share: float) -> Size:
    """That share of the full size, equally dense: a group has as many bindings, and a namespace as many groups."""
    return Size(*(round(share * number) for number in (FULL.groups, FULL.namespaces, FULL.bindings)))


def write_policy(folder: Path, size: Size) -> Path:
    """Write the policy, a folder of two files, into `folder`; returns its path."""
    policy = folder / "policy"
    policy.mkdir()
    shutil.copy(EXAMPLES / "roles.yaml", policy)
    namespaces = [f"app-{number:03}" for number in range(size.namespaces)]
    declared = "".join(f"  {name}: {{create: true, labels: {{env: bench}}}}\n" for name in namespaces)
    grants = "".join(
        f"  - {{group: team-{number:03}, role: {role}, namespaces: [{', '.join(where)}]}}\n"
        for number in range(size.groups)
        for role, where in _reach(number, size, namespaces).items()
    )
    (policy / "company.yaml").write_text(f"{_HEAD}namespaces:\n{declared}grants:\n{grants}")
    return policy


def _reach(number: int, size: Size, namespaces: list[str]) -> dict[str, list[str]]:
    """The namespaces in which a group has each role; groups differ by one binding at most."""
    least, more = divmod(size.bindings - size.groups, size.groups)
    reach: dict[str, list[str]] = {}
    for place in range(least + (number < more)):
        turn, role = divmod(place, len(ROLES))
        reach.setdefault(ROLES[role], []).append(namespaces[(7 * number + turn) % size.namespaces])
    return reach


def members(iam_group: str) -> tuple[str, ...]:
    """The ARNs of an IAM group's members. Most people are in two groups."""
    first = int(iam_group.removeprefix("team-")) * MEMBERS // GROUPS_OF_A_PERSON
    return tuple(f"arn:aws:iam::{ACCOUNT}:user/person-{number:04}" for number in range(first, first + MEMBERS))
