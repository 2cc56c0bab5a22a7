"""Discovery, OpenAPI and the paths beside them."""

import pytest

from kaccess.sandbox.kube.resources import RESOURCES, group_versions
from kaccess.sandbox.kube.types import Type, message

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/readyz?verbose=1"])
def test_health(api, path):
    answer = api.get(path, as_=None)
    assert (answer.code, answer.body) == (200, b"ok")


def test_version(api):
    version = api.get("/version").json
    assert (version["major"], version["minor"]) == ("1", "37")


def test_the_legacy_lists_and_the_aggregated_one_agree(api):
    legacy = set()
    groups = api.get("/apis").json["groups"]
    paths = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    for path in paths:
        answer = api.get(path).json
        legacy |= {(answer["groupVersion"], row["name"], tuple(row["verbs"])) for row in answer["resources"]}
    aggregated = set()
    for path in ("/api", "/apis"):
        answer = api.get(path, Accept=AGGREGATED)
        assert answer.headers["Content-Type"] == AGGREGATED.split(",", maxsplit=1)[0]
        for item in answer.json["items"]:
            for version in item["versions"]:
                name = item["metadata"].get("name")
                group_version = f"{name}/{version['version']}" if name else version["version"]
                for row in version["resources"]:
                    aggregated.add((group_version, row["resource"], tuple(row["verbs"])))
                    for below in row.get("subresources", ()):
                        aggregated.add(
                            (group_version, f"{row['resource']}/{below['subresource']}", tuple(below["verbs"]))
                        )
    assert legacy == aggregated


def test_every_resource_that_is_discovered_is_served(api):
    for row in RESOURCES:
        root = f"/apis/{row.group}" if row.group else "/api"
        assert api.get(f"{root}/{row.version}/{row.plural}").json["kind"] == f"{row.kind}List"


def test_one_group(api):
    assert api.get("/apis/apps").json["versions"] == [{"groupVersion": "apps/v1", "version": "v1"}]


@pytest.mark.parametrize(
    "path", ["/apis/none", "/api/v2", "/apis/apps/v2", "/", "/metrics", "/openapi/v3/apis/x/v1", "/openapi/v4"]
)
def test_what_is_not_there_is_not_found(api, path):
    answer = api.get(path)
    assert (answer.code, answer.message) == (404, "the server could not find the requested resource")


def test_paths_are_only_read(api):
    assert api.ask("POST", "/version").code == 405


def test_the_openapi_documents_are_whole(api):
    """Every reference leads somewhere, in each document."""
    index = api.get("/openapi/v3").json["paths"]
    assert len(index) == len(list(group_versions()))
    for entry in index.values():
        document = api.get(entry["serverRelativeURL"]).json
        schemas = document["components"]["schemas"]
        assert {ref.rpartition("/")[2] for ref in references(document)} <= schemas.keys()
    document = api.get("/openapi/v2").json
    assert {ref.rpartition("/")[2] for ref in references(document)} <= document["definitions"].keys()


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def test_every_type_that_is_named_is_known():
    def walk(kind: Type, seen: set[str]):
        if kind.item:
            walk(kind.item, seen)
        if kind.message and kind.message not in seen:
            seen.add(kind.message)
            for field in message(kind.message).by_name.values():
                walk(field.type, seen)

    seen: set[str] = set()
    for row in RESOURCES:
        walk(Type("message", message=row.message), seen)
    assert len(seen) > 150
    assert message("core.PodSpec").by_name["containers"].type.merge_key == "name"
    assert message("core.Service").by_name["spec"].type.message == "core.ServiceSpec"
