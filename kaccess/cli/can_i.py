"""`kaccess can-i`: ask the API server itself."""

from __future__ import annotations

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.cli.targets import targets
from kaccess.model.errors import DONE, FAILED, Usage
from kaccess.policy.resources import HOME
from kaccess.policy.shapes import wrong_namespace
from kaccess.rbac.request import Request


@click.command(name="can-i")
@click.argument("verb")
@click.argument("resource")
@click.option("-n", "--namespace", default="default", show_default=True, help="The namespace to ask for.")
@click.option("--cluster", "clusters", multiple=True, metavar="NAME", help="Only this cluster (repeatable).")
@common_options
@click.pass_obj
def command(session: Session, verb: str, resource: str, namespace: str, clusters: tuple[str, ...]) -> int:
    """Ask the clusters whether you may do something.

    As in `kaccess can-i create deployments -n development`. RESOURCE may carry an API group and a subresource:
    deployments.apps, pods/exec. Exits with 1 if any answer is no.
    """
    problem = wrong_namespace(namespace) or ("" if verb and resource else "VERB and RESOURCE may not be empty")
    if problem:
        raise Usage(problem)
    adapters = session.adapters()
    request = Request.asked(verb, _with_api_group(resource), namespace)
    answers = {}
    for target in targets(session, clusters, adapters):
        kube = adapters.connect(adapters.eks(target.region).cluster(target.name))
        (answers[target.alias],) = kube.allowed_each([request])
    text = "\n".join(f"{alias}: {'yes' if allowed else 'no'}" for alias, allowed in answers.items())
    data = {"verb": verb, "resource": resource, "namespace": namespace, "allowed": answers}
    return session.result("CanI", text, data, exit_code=DONE if all(answers.values()) else FAILED)


def _with_api_group(resource: str) -> str:
    """`deployments/scale` as `deployments.apps/scale`: people leave out the API groups that kubectl knows."""
    name, slash, subresource = resource.partition("/")
    home = HOME.get(name)
    return f"{name}.{home}{slash}{subresource}" if home else resource
