"""Reviews: who am I, may I, may they, what may I. Questions that are created and answered in the same breath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from starlette.responses import Response

from kaccess.rbac.request import Request
from kaccess.sandbox.kube import bodies
from kaccess.sandbox.kube.authorize import UserInfo
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.causes import invalid_value
from kaccess.sandbox.kube.resources import Review
from kaccess.sandbox.kube.responses import json_response
from kaccess.sandbox.kube.statuses import StatusError, bad_request, invalid
from kaccess.sandbox.kube.store import Object

_Status: TypeAlias = dict[str, Any]


def answer_review(call: Call, review: Review) -> Response:
    """Answer a review.

    Raises:
        StatusError: 400 or 422, the question is malformed.
    """
    api_version = f"{review.group}/{review.version}"
    question, warnings = bodies.read_typed(call, review.message, api_version, review.kind)
    try:
        status = _ANSWERS[review.kind](call, review, question)
    except StatusError as error:
        error.warnings = tuple(warnings)
        raise
    metadata = {"creationTimestamp": None} | question["metadata"]
    return json_response(question | {"metadata": metadata, "status": status}, 201, warnings)


def _who_am_i(call: Call, _review: Review, _question: Object) -> _Status:
    user = call.user
    extra = {key: list(values) for key, values in user.extra.items()}
    info = {"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": extra}
    return {"userInfo": {key: value for key, value in info.items() if value}}


def _may_i(call: Call, review: Review, question: Object) -> _Status:
    return _decided(call, call.user, _asked(review, question))


def _may_they(call: Call, review: Review, question: Object) -> _Status:
    spec = question.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        why = "at least one of user or group must be specified"
        raise invalid(review.group, "", "", [invalid_value("spec.user", "", why)])
    extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
    user = UserInfo(spec.get("user", ""), spec.get("uid", ""), tuple(spec.get("groups") or ()), extra)
    return _decided(call, user, _asked(review, question))


def _may_they_here(call: Call, review: Review, question: Object) -> _Status:
    attributes = (question.get("spec") or {}).get("resourceAttributes") or {}
    if attributes.get("namespace") != call.namespace:
        given = attributes.get("namespace", "")
        cause = invalid_value("spec.resourceAttributes.namespace", given, "must match metadata.namespace")
        raise invalid(review.group, "", "", [cause])
    return _may_they(call, review, question)


def _what_may_i(call: Call, _review: Review, question: Object) -> _Status:
    namespace = (question.get("spec") or {}).get("namespace", "")
    if not namespace:
        raise bad_request("no namespace on request")
    rules = [rule.to_json() for rule in call.authority.rules_for(call.user, namespace)]
    status: _Status = {
        "resourceRules": [rule for rule in rules if "nonResourceURLs" not in rule],
        "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
        "incomplete": not call.authority.lists_all,
    }
    if status["incomplete"]:
        status["evaluationError"] = "webhook authorizer does not support user rule resolution"
    return status


def _asked(review: Review, question: Object) -> Request:
    spec = question.get("spec") or {}
    if not spec.keys() & {"resourceAttributes", "nonResourceAttributes"}:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise invalid(review.group, "", "", [invalid_value("spec.resourceAttributes", None, why)])
    if spec.keys() >= {"resourceAttributes", "nonResourceAttributes"}:
        why, path = "cannot be specified in combination with resourceAttributes", spec["nonResourceAttributes"]
        told = {"Path": path.get("path", ""), "Verb": path.get("verb", "")}
        raise invalid(review.group, "", "", [invalid_value("spec.nonResourceAttributes", told, why)])
    if "nonResourceAttributes" in spec:
        path = spec["nonResourceAttributes"]
        return Request(path.get("verb", ""), path=path.get("path", ""))
    resource = spec["resourceAttributes"]
    named = ("verb", "resource", "group", "subresource", "namespace", "name")
    verb, plural, group, subresource, namespace, name = (resource.get(field, "") for field in named)
    return Request(verb, plural, group, subresource, namespace, name)


def _decided(call: Call, user: UserInfo, request: Request) -> _Status:
    verdict = call.authority.decide(user, request)
    return {"allowed": verdict.allowed} | ({"reason": verdict.reason} if verdict.reason else {})


_ANSWERS: Final[dict[str, Callable[[Call, Review, Object], _Status]]] = {
    "SelfSubjectReview": _who_am_i,
    "SelfSubjectAccessReview": _may_i,
    "SubjectAccessReview": _may_they,
    "LocalSubjectAccessReview": _may_they_here,
    "SelfSubjectRulesReview": _what_may_i,
}
