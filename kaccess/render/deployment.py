"""The workload of a reconciler: its namespace, service account, policy, and a Deployment or CronJob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kaccess.model.errors import Usage
from kaccess.model.names import OWNER, RECONCILER
from kaccess.render.yaml_text import Document

PORT: Final = 8080
POLICY_FOLDER: Final = "/policy"

CONFIG_MAP_BYTES: Final = 1024 * 1024
"""The most that a ConfigMap holds (Kubernetes' documentation of ConfigMaps)."""

GRACE_SECONDS: Final = 60
"""From SIGTERM to the end: one change with all its retries, and the release of the leases."""

_LABELS: Final = {"app.kubernetes.io/name": RECONCILER}
_USER: Final = 65532


@dataclass(frozen=True)
class Workload:
    """What the people who deploy a reconciler decide.

    `iam_role` is the ARN of the IAM role it has by its service account (IRSA); empty: by EKS Pod Identity. `cron` is
    the schedule of a CronJob; empty: a Deployment that runs a round each `interval` (`60s`).
    """

    image: str
    iam_role: str = ""
    cron: str = ""
    interval: str = "60s"
    identity_only: bool = False
    policy_texts: Mapping[str, str] = field(default_factory=dict)


def workload_documents(workload: Workload) -> Iterator[Document]:
    """The manifests, in the order in which they can be applied.

    Raises:
        Usage: the policy is too large for a ConfigMap.
    """
    yield Document(_namespace(), "The reconciler's own namespace. No grant of a policy ever reaches it.")
    yield Document(_service_account(workload), _whose_role(workload))
    yield Document(_policy(workload), "The policy as it was rendered. Let your deployment keep it as it is in Git.")
    yield Document(_cron_job(workload) if workload.cron else _deployment(workload))


def _namespace() -> dict[str, Any]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": RECONCILER, "labels": labels}}


def _service_account(workload: Workload) -> dict[str, Any]:
    metadata = _metadata()
    if workload.iam_role:
        metadata["annotations"] = {"eks.amazonaws.com/role-arn": workload.iam_role}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }


def _whose_role(workload: Workload) -> str:
    how = (
        "It has its IAM role by the annotation (IRSA)."
        if workload.iam_role
        else "Give it an IAM role with an EKS Pod Identity association, or render with --iam-role ARN for IRSA."
    )
    return (
        f"{how}\nKubernetes rights come with the access entry of that IAM role in each cluster, in the group\n"
        f"{RECONCILER}; the service account itself has none and mounts no token:\n"
        f"  aws eks create-access-entry --cluster-name NAME --principal-arn ARN --kubernetes-groups {RECONCILER}"
    )


def _policy(workload: Workload) -> dict[str, Any]:
    size = sum(len(name) + len(text.encode()) for name, text in workload.policy_texts.items())
    if size > CONFIG_MAP_BYTES:
        raise Usage(f"the policy has {size} bytes, more than a ConfigMap holds; mount it from a volume of your own")
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(), "data": dict(workload.policy_texts)}


def _deployment(workload: Workload) -> dict[str, Any]:
    template = _pod(workload, ["--every", workload.interval, "--listen", f":{PORT}"])
    container = template["spec"]["containers"][0]
    container["ports"] = [{"name": "metrics", "containerPort": PORT}]
    container["livenessProbe"] = {"httpGet": {"path": "/healthz", "port": "metrics"}, "periodSeconds": 20}
    container["readinessProbe"] = {"httpGet": {"path": "/readyz", "port": "metrics"}, "periodSeconds": 10}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(),
        "spec": {"replicas": 2, "selector": {"matchLabels": _LABELS}, "template": template},
    }


def _cron_job(workload: Workload) -> dict[str, Any]:
    template = _pod(workload, ["--once"])
    template["spec"]["restartPolicy"] = "Never"
    job = {"backoffLimit": 0, "activeDeadlineSeconds": 900, "template": template}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _metadata(),
        "spec": {"schedule": workload.cron, "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job}},
    }


def _pod(workload: Workload, how_often: list[str]) -> dict[str, Any]:
    only = ["--identity-only"] if workload.identity_only else []
    annotations = {} if workload.cron else {"prometheus.io/scrape": "true", "prometheus.io/port": str(PORT)}
    container: dict[str, Any] = {
        "name": OWNER,
        "image": workload.image,
        "args": [OWNER, "--policy", POLICY_FOLDER, "reconcile", *how_often, *only],
        "env": [{"name": "PYTHONDONTWRITEBYTECODE", "value": "1"}],
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "policy", "mountPath": POLICY_FOLDER, "readOnly": True}],
    }
    return {
        "metadata": {"labels": _LABELS, **({"annotations": annotations} if annotations else {})},
        "spec": {
            "serviceAccountName": RECONCILER,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": "policy", "configMap": {"name": RECONCILER}}],
        },
    }


def _metadata() -> dict[str, Any]:
    return {"name": RECONCILER, "namespace": RECONCILER, "labels": dict(_LABELS)}
