"""How kaccess does beside kubectl as a policy grows, on a real API server: `python -m tests.bench.scale`.

Both programs run from start to end, as people run them: kaccess from the policy file, with an account in memory in
place of AWS; kubectl, as it comes, from manifests rendered ahead. Seconds depend on the machine and on what else it
does, so what counts are the ratios within one run, and the requests. Exit code 1: something falls short.
"""

from __future__ import annotations

import argparse
import sys

from tabulate import tabulate

from .company import FULL, LISTS, Size, part_of
from .race import HEADERS, Race, Round
from .stage import stage

SHARES = (0.1, 0.5, 1.0)
LEAST_APPLY = 1.0
LEAST_PLAN = 10.0
"""At full size. Below it, where most of a plan is Python's start, kaccess need only be the faster one."""


def races(size: Size, rounds: int, patience: float) -> tuple[Race, Race]:
    """Apply from empty, and find nothing to do.

    kubectl's diff is of what kaccess applied, so it also proves that both are after the same: a difference is an error.
    """
    apply = Race(size, "apply from empty", LEAST_APPLY, LISTS + size.objects)
    plan = Race(size, "nothing to do", LEAST_PLAN if size == FULL else 1.0, size.pages)
    for _ in range(rounds):
        with stage(size) as cluster:
            kubectl_applied = cluster.kubectl("apply", "--server-side")
        with stage(size) as cluster:
            apply.rounds.append(Round(cluster.kaccess("apply", "--yes"), kubectl_applied))
            planned = cluster.kaccess("plan", "--check")
            plan.rounds.append(Round(planned, cluster.kubectl("diff", "--server-side", patience=patience)))
    return apply, plan


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tenth", action="store_true", help="only a tenth of the size, in half a minute")
    parser.add_argument("--rounds", type=int, default=1, help="so many rounds; the median ratio counts")
    parser.add_argument("--patience", type=float, default=300, help="seconds after which kubectl diff is stopped")
    options = parser.parse_args()
    found: list[Race] = []
    for share in SHARES[:1] if options.tenth else SHARES:
        size = part_of(share)
        sys.stderr.write(f"{size.groups} groups, {size.namespaces} namespaces, {size.bindings} bindings ...\n")
        found += races(size, options.rounds, options.patience)
    misses = [miss for race in found for miss in race.misses()]
    lines = [tabulate([race.row() for race in found], HEADERS, disable_numparse=True), *misses]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
