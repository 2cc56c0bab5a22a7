"""Access entries for those who keep AWS in CloudFormation or Terraform.

Each carries our tag, as if kaccess had made it: so an apply finds nothing to do, and an audit knows it. Who has these
templates applied does not let kaccess apply the same entries, or each undoes what the other does.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.names import MANAGED_BY, OWNER
from kaccess.model.policy import Cluster
from kaccess.model.shown import one_line
from kaccess.model.state import Entry
from kaccess.render.yaml_text import Document, yaml_text

MAX_RESOURCES: Final = 500
"""Resources that one CloudFormation template may have (AWS CloudFormation quotas)."""


class Format(str, Enum):
    """Whose format it is."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


def cloudformation(cluster: Cluster, entries: Iterable[Entry]) -> dict[str, Any]:
    """A template with a resource for each entry.

    Raises:
        Usage: there are more than a template may have.
    """
    resources = {_logical_id(entry.principal): _resource(cluster, entry) for entry in entries}
    if len(resources) > MAX_RESOURCES:
        advice = "give groups a role each by `assume: true`, or use Terraform"
        raise Usage(f"{len(resources)} entries, and a CloudFormation template has {MAX_RESOURCES} at most; {advice}")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Access entries of the EKS cluster {cluster.name}, rendered by kaccess from its policy",
        "Resources": resources,
    }


def cloudformation_text(template: Mapping[str, Any]) -> str:
    """The template as YAML."""
    return yaml_text([Document(template)]).removeprefix("---\n")


def _resource(cluster: Cluster, entry: Entry) -> dict[str, Any]:
    return {
        "Type": "AWS::EKS::AccessEntry",
        "Properties": {
            "ClusterName": cluster.name,
            "PrincipalArn": entry.principal,
            "Type": entry.type,
            "KubernetesGroups": list(entry.kube_groups),
            "Tags": [{"Key": MANAGED_BY, "Value": OWNER}],
        },
    }


def terraform_text(cluster: Cluster, entries: Iterable[Entry]) -> str:
    """A resource for each entry, as `terraform fmt` would write it."""
    return "\n".join("".join(f"{line}\n" for line in _block(cluster, entry)) for entry in entries)


def _block(cluster: Cluster, entry: Entry) -> Iterator[str]:
    yield f"# {one_line(entry.origin)}"
    yield f'resource "aws_eks_access_entry" "{_label(entry.principal)}" {{'
    yield f"  cluster_name      = {_quoted(cluster.name)}"
    yield f"  principal_arn     = {_quoted(entry.principal)}"
    yield f"  type              = {_quoted(entry.type)}"
    yield f"  kubernetes_groups = [{', '.join(map(_quoted, entry.kube_groups))}]"
    yield ""
    yield "  tags = {"
    yield f"    {_quoted(MANAGED_BY)} = {_quoted(OWNER)}"
    yield "  }"
    yield "}"


def _quoted(text: str) -> str:
    """A template string of HCL that stands for this very text."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _logical_id(principal: str) -> str:
    """`UserAna1A2B3C4D`: letters and digits alone, and another one for each ARN."""
    words = re.findall(r"[A-Za-z0-9]+", _name(principal))
    return "".join(word[:1].upper() + word[1:] for word in words) + _digest(principal).upper()


def _label(principal: str) -> str:
    """`user_ana_1a2b3c4d`, as Terraform's names are."""
    return "_".join([*re.findall(r"[a-z0-9]+", _name(principal).lower()), _digest(principal)])


def _name(principal: str) -> str:
    arn = Arn.parse(principal)
    return f"{arn.kind}-{arn.name}"


def _digest(principal: str) -> str:
    return hashlib.sha256(principal.encode()).hexdigest()[:8]
