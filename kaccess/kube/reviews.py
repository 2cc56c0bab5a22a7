"""Reviews: the API server's own answers to who one is and what one may do."""

from __future__ import annotations

from typing import Final

from kaccess.kube.errors import KubeError
from kaccess.kube.transport import Json, Transport
from kaccess.model.identity import KubeIdentity
from kaccess.rbac.request import Request

_WHO: Final = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_MAY: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def identity(transport: Transport) -> KubeIdentity:
    """The user name and groups the API server knows the caller by.

    Raises:
        KubeError: it was not told; `Unauthorized` if the server does not know the caller.
    """
    what = "ask the cluster who you are"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    # A review creates nothing, so it may be sent again although it is a POST.
    status = _status(transport.call("POST", _WHO, what, body=body, repeatable=True), what)
    user = status.get("userInfo") or {}
    return KubeIdentity(user.get("username") or "", tuple(user.get("groups") or ()))


def allowed(transport: Transport, request: Request) -> bool:
    """Whether the API server would let the caller make `request`, by every authorizer it has.

    Raises:
        KubeError: it was not told, which says nothing of the request itself.
    """
    what = f"ask the cluster about {request.verb} {request.path or request.full_resource}"
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": _spec(request)}
    status = _status(transport.call("POST", _MAY, what, body=body, repeatable=True), what)
    return status.get("allowed") is True


def _spec(request: Request) -> Json:
    if request.path:
        return {"nonResourceAttributes": {"path": request.path, "verb": request.verb}}
    attributes = {
        "group": request.api_group,
        "name": request.name,
        "namespace": request.namespace,
        "resource": request.resource,
        "subresource": request.subresource,
        "verb": request.verb,
    }
    return {"resourceAttributes": {name: value for name, value in attributes.items() if value}}


def _status(answer: Json, what: str) -> Json:
    status = answer.get("status")
    if not isinstance(status, dict):
        raise KubeError(f"cannot {what}: the answer is no review; check the proxy settings")
    return status
