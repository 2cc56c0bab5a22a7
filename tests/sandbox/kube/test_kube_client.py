"""The Python client against the server: the library that kaccess itself uses."""

import pytest
from kubernetes import client, watch


@pytest.fixture
def core(api):
    configuration = client.Configuration()
    configuration.host = api.url
    configuration.ssl_ca_cert = str(api.ca_file)
    configuration.api_key = {"authorization": "Bearer admin"}
    configuration.retries = False
    with client.ApiClient(configuration) as connection:
        yield client.CoreV1Api(connection)
        pools = connection.rest_client.pool_manager.pools
        for key in tuple(pools.keys()):
            pools[key].close()  # caught exceptions keep them from being collected, and so open


def test_create_read_patch_list_delete(core):
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a", labels={"x": "y"}), data={"k": "1"})
    core.create_namespaced_config_map("default", body)
    core.patch_namespaced_config_map("a", "default", {"data": {"k": "2"}})
    (found,) = core.list_config_map_for_all_namespaces(label_selector="x=y").items
    assert found.data == {"k": "2"}
    assert found.metadata.creation_timestamp.tzinfo is not None
    core.delete_namespaced_config_map("a", "default")
    with pytest.raises(client.ApiException) as missing:
        core.read_namespaced_config_map("a", "default")
    assert (missing.value.status, missing.value.reason) == (404, "Not Found")


def test_a_conflict(core):
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a"), data={"k": "1"})
    made = core.create_namespaced_config_map("default", body)
    made.data = {"k": "2"}
    core.replace_namespaced_config_map("a", "default", made)
    with pytest.raises(client.ApiException) as stale:
        core.replace_namespaced_config_map("a", "default", made)
    assert stale.value.status == 409


def test_pages(core):
    for number in range(5):
        body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=f"c{number}"))
        core.create_namespaced_config_map("default", body)
    names, token = [], None
    while token != "":
        page = core.list_namespaced_config_map("default", limit=2, _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue or ""
    assert names == ["c0", "c1", "c2", "c3", "c4"]


def test_watch(core):
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a"))
    core.create_namespaced_config_map("default", body)
    watching = watch.Watch()
    for event in watching.stream(core.list_namespaced_config_map, "default", timeout_seconds=5):
        assert (event["type"], event["object"].metadata.name) == ("ADDED", "a")
        watching.stop()


def test_reviews_and_rbac(core):
    authorization = client.AuthorizationV1Api(core.api_client)
    attributes = client.V1ResourceAttributes(verb="list", resource="pods", namespace="default")
    spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
    review = client.V1SelfSubjectAccessReview(spec=spec)
    assert authorization.create_self_subject_access_review(review).status.allowed is True
    me = client.AuthenticationV1Api(core.api_client).create_self_subject_review(client.V1SelfSubjectReview())
    assert me.status.user_info.username == "admin"
    rbac = client.RbacAuthorizationV1Api(core.api_client)
    rule = client.V1PolicyRule(api_groups=[""], resources=["pods"], verbs=["get"])
    rbac.create_namespaced_role("default", client.V1Role(metadata=client.V1ObjectMeta(name="r"), rules=[rule]))
    assert rbac.list_namespaced_role("default").items[0].rules == [rule]
