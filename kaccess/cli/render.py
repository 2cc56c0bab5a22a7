"""`kaccess render`: manifests and IAM policies for others to apply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import click

from kaccess import __version__
from kaccess.cli.flags import cluster_option
from kaccess.cli.one_cluster import one_cluster, one_cluster_option
from kaccess.cli.options import common_options
from kaccess.cli.render_gitops import access_entries, manifests
from kaccess.cli.session import Session, chosen_clusters, refuse_unsafe, utc_now
from kaccess.model.errors import Usage
from kaccess.policy.load import Loaded
from kaccess.policy.shapes import wrong_iam_group
from kaccess.render.deployment import Workload
from kaccess.render.iam_policy import iam_policy
from kaccess.render.persona import Persona
from kaccess.render.reconciler import reconciler_documents
from kaccess.render.rights import rights_documents
from kaccess.render.yaml_text import Document, yaml_text

F = TypeVar("F", bound=Callable[..., Any])

IMAGE: Final = f"kaccess:{__version__}"
_PERSONAS: Final = [persona.value for persona in Persona]

also_option = click.option(
    "-n",
    "--namespace",
    "also",
    multiple=True,
    help="A namespace that grants reach by pattern or labels (repeatable).",
)
identity_only_option = click.option(
    "--identity-only", is_flag=True, help="For a reconciler that leaves Kubernetes objects to others."
)


def persona_option(*personas: str) -> Callable[[F], F]:
    """The option that says for whom something is, as `persona`."""
    return click.option("--for", "persona", type=click.Choice(personas), required=True, help="Who needs it.")


@click.group()
def command() -> None:
    """Write manifests and IAM policies for others to apply."""


@command.command()
@one_cluster_option
@also_option
@identity_only_option
@click.option("--iam-role", metavar="ARN", default="", help="Its IAM role, by IRSA.  [default: EKS Pod Identity]")
@click.option("--image", default=IMAGE, show_default=True, help="An image that has kaccess[reconciler].")
@click.option("--every", "interval", default="60s", show_default=True, help="How often, in a Deployment.")
@click.option("--cron", default="", metavar="SCHEDULE", help='A CronJob instead, such as "*/5 * * * *".')
@common_options
@click.pass_obj
def reconciler(session: Session, /, alias: str | None, also: tuple[str, ...], **choices: Any) -> int:  # noqa: ANN401
    """The manifests of a reconciler that runs in a cluster, as YAML.

    Its rights are those of the policy's roles and no more, so apply them anew when roles or namespaces change.
    """
    now, loaded = utc_now(), session.load_policy()
    refuse_unsafe(loaded.policy, now)
    workload = Workload(policy_texts=_texts(loaded), **choices)
    cluster = one_cluster(loaded.policy, alias)
    return _print(session, "Reconciler", reconciler_documents(loaded.policy, cluster, now, workload, also=also))


@command.command()
@persona_option(*(each for each in _PERSONAS if each != Persona.DEVELOPER.value))
@one_cluster_option
@also_option
@identity_only_option
@common_options
@click.pass_obj
def rbac(session: Session, persona: str, alias: str | None, also: tuple[str, ...], identity_only: bool) -> int:
    """The RBAC that someone needs in a cluster, as YAML. Developers' is what `apply` writes."""
    now = utc_now()
    policy = session.safe_policy(now)
    cluster = one_cluster(policy, alias)
    documents = rights_documents(Persona(persona), policy, cluster, now, also=also, identity_only=identity_only)
    return _print(session, "Rbac", documents)


@command.command("iam-policy")
@persona_option(*_PERSONAS)
@cluster_option
@click.option("--account", metavar="ID", help="For the roles that the clusters of this account are reached by.")
@click.option("--list-clusters", is_flag=True, help="Let developers find clusters that they have no policy for.")
@click.option(
    "--former-iam-group",
    "former",
    multiple=True,
    metavar="NAME",
    help="Let this IAM group, which the policy names no more, be kept from assuming its role (repeatable).",
)
@common_options
@click.pass_obj
def iam(session: Session, /, persona: str, clusters: tuple[str, ...], account: str | None, **choices: Any) -> int:  # noqa: ANN401
    """The IAM policy that someone needs, as JSON."""
    if wrong := next(filter(None, map(wrong_iam_group, choices["former"])), ""):
        raise Usage(wrong)
    policy = session.safe_policy(utc_now())
    chosen = chosen_clusters(policy, clusters)
    if account and all(cluster.account != account for cluster in chosen):
        raise Usage(f"no cluster of the policy is in account {account}")
    document = iam_policy(Persona(persona), policy, chosen, account=account, **choices)
    if persona in {Persona.ADMIN.value, Persona.RECONCILER.value} and "iam:PutGroupPolicy" in json.dumps(document):
        session.warn(
            "groups with `assume: true` need iam:PutGroupPolicy, which lets its holder give these IAM groups anything; "
            "IAM has no narrower right"
        )
    return session.result("IamPolicy", json.dumps(document, indent=2), document)


def _print(session: Session, kind: str, documents: Iterable[Document]) -> int:
    those = tuple(documents)
    return session.result(kind, yaml_text(those).rstrip("\n"), {"manifests": [dict(each.body) for each in those]})


def _texts(loaded: Loaded) -> dict[str, str]:
    return {file.path.name: file.text for file in loaded.files}


command.add_command(manifests)
command.add_command(access_entries)
