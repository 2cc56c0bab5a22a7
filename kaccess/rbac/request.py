"""What is asked of the authorizer: the attributes of one API request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Request:
    """A request as authorization sees it (SubjectAccessReview's resourceAttributes or nonResourceAttributes).

    `namespace` is empty for cluster-wide requests, `name` for lists and creates. `path` is set for non-resource
    requests alone; then all else but `verb` is empty.
    """

    verb: str
    resource: str = ""
    api_group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        """The resource as rules name it: `pods` or `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    @classmethod
    def asked(cls, verb: str, resource: str, namespace: str = "", name: str = "") -> Request:
        """The request behind words: `resource` is like `pods`, `pods/exec`, `deployments.apps/scale`."""
        full_name, _, subresource = resource.partition("/")
        plural, _, api_group = full_name.partition(".")
        return cls(verb, plural, api_group, subresource, namespace, name)
