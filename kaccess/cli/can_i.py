"""`kaccess can-i`: ask the API server itself, or, without a cluster, the policy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from kaccess.cli import completion
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.cli.targets import WIDTH, Targets, config_option, line_of
from kaccess.model.errors import DONE, FAILED, KaccessError, LoginNeeded, Usage
from kaccess.policy.problems import did_you_mean, show
from kaccess.policy.resources import VERBS, is_known_verb, qualified
from kaccess.policy.shapes import wrong_namespace
from kaccess.rbac.request import Request
from kaccess.workflows.can_i import OfflineAnswer, live_answer, offline_answers
from kaccess.workflows.reading import reading


@click.command(name="can-i")
@click.argument("verb")
@click.argument("resource")
@click.option(
    *("-n", "--namespace"),
    default="default",
    show_default=True,
    shell_complete=completion.own_namespaces,
    help="The namespace to ask for.",
)
@click.option(
    *("--cluster", "clusters"),
    multiple=True,
    metavar="NAME",
    shell_complete=completion.own_clusters,
    help="Only this cluster (repeatable).",
)
@click.option("--offline", is_flag=True, help="Ask the policy, not the clusters: what would it give --group?")
@click.option(
    *("--group", "groups"),
    multiple=True,
    metavar="GROUP",
    shell_complete=completion.groups,
    help="With --offline: someone in this group of the policy (repeatable).",
)
@config_option
@common_options
@click.pass_obj
def command(
    session: Session,
    verb: str,
    resource: str,
    namespace: str,
    clusters: tuple[str, ...],
    offline: bool,
    groups: tuple[str, ...],
    config: Path | None,
) -> int:
    """Ask whether you may do something.

    As in `kaccess can-i create deployments -n development`. RESOURCE is written as for kubectl: deploy, pods/exec; one
    that is not Kubernetes' own needs its API group: widgets.example.com. The clusters themselves answer; with --offline
    and --group the policy does, for whoever is in these groups, and no network is needed. Exits with 1 if any answer is
    no.
    """
    problem = wrong_namespace(namespace) or ("" if verb and resource else "VERB and RESOURCE may not be empty")
    if not problem and not is_known_verb(verb):
        problem = f"Kubernetes has no verb {show(verb)}{did_you_mean(verb, VERBS)}"
    if problem or offline != bool(groups):
        raise Usage(problem or "--offline and --group go together: who asks the policy is in which groups?")
    request = Request.asked(verb, qualified(resource), namespace)
    errors: list[str] = []
    if offline:
        policy = session.load_policy().policy
        answers = _told(offline_answers(policy, request, groups, clusters, utc_now()), errors)
    else:
        answers = _ask(Targets(session, config), clusters, request, errors)
    text = "\n".join(f"{alias}: {'yes' if allowed else 'no'}" for alias, allowed in answers.items())
    data = {"verb": verb, "resource": resource, "namespace": namespace, "offline": offline, "allowed": answers}
    exit_code = DONE if all(answers.values()) and not errors else FAILED
    return session.result("CanI", text, data, exit_code=exit_code, errors=errors)


def _ask(targets: Targets, names: tuple[str, ...], request: Request, errors: list[str]) -> dict[str, bool]:
    """The answer of each cluster; a line in `errors` for each that gave none."""
    chosen = targets.chosen(names)
    answers: dict[str, bool] = {}
    with reading(WIDTH) as pool:
        futures = [pool.submit(live_answer, each.target, targets.credentials(each), request) for each in chosen]
        for asked, future in zip(chosen, futures, strict=True):
            try:
                answers[asked.target.alias] = future.result()
            except LoginNeeded:
                raise
            except KaccessError as error:
                errors.append(line_of(error, asked))
    return answers


def _told(found: Iterable[OfflineAnswer], errors: list[str]) -> dict[str, bool]:
    """What the policy can tell; a line in `errors` for each cluster of which it cannot."""
    told = list(found)
    errors += [f"{each.cluster}: cannot be told offline: {each.reason}" for each in told if each.allowed is None]
    return {each.cluster: each.allowed for each in told if each.allowed is not None}
