"""Lists: selectors, pages, the forms they come in."""

from urllib.parse import quote

import pytest

from kaccess.sandbox.kube.tables import human_duration

CM = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def fill(api, count=5):
    for number in range(count):
        labels = {"n": str(number), "half": "low" if number < 3 else "high"} | ({"odd": ""} if number % 2 else {})
        api.make(CM, {"metadata": {"name": f"c{number}", "labels": labels}})


def names(answer):
    assert answer.code == 200, answer.body
    return "".join(item["metadata"]["name"][1] for item in answer.json["items"])


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("", "01234"),
        ("n=1", "1"),
        ("n==1", "1"),
        ("n!=1", "0234"),
        ("odd", "13"),
        ("!odd", "024"),
        ("half=low,odd", "1"),
        ("n in (1, 4)", "14"),
        ("n notin (1,4),half=low", "02"),
        ("absent!=x", "01234"),
        ("absent=", ""),
        ("odd=", "13"),
    ],
)
def test_label_selectors(api, selector, expected):
    fill(api)
    assert names(api.get(f"{CM}?labelSelector={quote(selector)}")) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("metadata.name=c1", "1"),
        ("metadata.name!=c1", "0234"),
        ("metadata.namespace=x", ""),
        ("metadata.name==c2,", "2"),
    ],
)
def test_field_selectors(api, selector, expected):
    fill(api)
    assert names(api.get(f"{CM}?fieldSelector={quote(selector)}")) == expected


@pytest.mark.parametrize(
    "query",
    ["labelSelector=a%20in%20(b", "labelSelector=%3D", "fieldSelector=data.x%3D1", "fieldSelector=x", "limit=x"],
)
def test_malformed_selectors_are_refused(api, query):
    assert api.get(f"{CM}?{query}").code == 400


class TestPages:
    def test_follow_one_another_to_the_end(self, api):
        fill(api)
        seen, rest, token = "", [], ""
        while True:
            answer = api.get(f"{CM}?limit=2&continue={token}")
            seen += names(answer)
            rest.append(answer.json["metadata"].get("remainingItemCount"))
            token = answer.json["metadata"].get("continue", "")
            if not token:
                break
        assert (seen, rest) == ("01234", [3, 1, None])

    def test_do_not_count_the_rest_of_a_selection(self, api):
        fill(api)
        metadata = api.get(f"{CM}?limit=1&labelSelector=odd").json["metadata"]
        assert metadata["continue"]
        assert "remainingItemCount" not in metadata

    def test_go_on_although_the_last_item_is_gone(self, api):
        fill(api)
        token = api.get(f"{CM}?limit=2").json["metadata"]["continue"]
        api.ask("DELETE", f"{CM}/c1")
        assert names(api.get(f"{CM}?limit=2&continue={token}")) == "23"

    def test_expire_with_the_history(self, start):
        api = start(history=8)
        fill(api)
        token = api.get(f"{CM}?limit=2").json["metadata"]["continue"]
        for _ in range(5):
            api.make(CM, {"metadata": {"generateName": "x-"}})
            api.ask("DELETE", CM)
        answer = api.get(f"{CM}?limit=2&continue={token}")
        assert (answer.code, answer.json["reason"]) == (410, "Expired")

    @pytest.mark.parametrize("token", ["x", "e30", "bm9wZQ"])
    def test_of_others_are_refused(self, api, token):
        assert api.get(f"{CM}?limit=2&continue={token}").code == 400


def test_a_list_of_all_namespaces_is_ordered_by_namespace(api):
    items = api.get("/api/v1/serviceaccounts").json["items"]
    found = [item["metadata"]["namespace"] for item in items]
    assert found == ["default", "kube-node-lease", "kube-public", "kube-system"]


class TestForms:
    def test_a_table_has_a_row_for_each_object(self, api):
        fill(api, 1)
        table = api.get(CM, Accept=TABLE).json
        assert table["kind"] == "Table"
        assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
        (row,) = table["rows"]
        assert row["cells"][:2] == ["c0", 0]
        assert row["object"]["kind"] == "PartialObjectMetadata"

    @pytest.mark.parametrize(("include", "kind"), [("None", None), ("Object", "ConfigMap")])
    def test_a_row_holds_as_much_as_is_asked_for(self, api, include, kind):
        fill(api, 1)
        (row,) = api.get(f"{CM}?includeObject={include}", Accept=TABLE).json["rows"]
        assert row.get("object", {}).get("kind") == kind

    def test_bare_metadata(self, api):
        fill(api, 1)
        form = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        answer = api.get(CM, Accept=form).json
        assert answer["kind"] == "PartialObjectMetadataList"
        assert answer["items"][0].keys() == {"kind", "apiVersion", "metadata"}

    def test_protobuf_is_passed_over_for_json(self, api):
        assert (
            api.get(CM, Accept="application/vnd.kubernetes.protobuf,application/json").json["kind"] == "ConfigMapList"
        )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (150, "2m30s"), (600, "10m"), (10_799, "179m"),
        (10_800, "3h"), (12_660, "3h31m"), (28_800, "8h"), (172_800, "2d"), (180_000, "2d2h"), (691_200, "8d"),
        (63_072_000, "2y"), (64_000_000, "2y10d"), (400_000_000, "12y"),
    ],
)  # fmt: skip
def test_ages_read_as_kubectl_writes_them(seconds, text):
    assert human_duration(seconds) == text
