"""What is asked of every kind alike: reads, writes, conflicts, patches, mistakes and deletions, in this order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .twin_kinds import KINDS, LABELS, Kind
from .twins import NOBODY, RITA, Memory, Step

TABLE = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"}
METADATA = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
METADATA_LIST = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
MERGE = {"Content-Type": "application/merge-patch+json"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}
OURS = "labelSelector=twins=yes"
WATCHED = ("configmaps", "rolebindings", "namespaces")
"""Each watch takes a second to end, so not all kinds are."""
LABELLED = {"metadata": {"labels": {"more": "yes"}}}


def steps() -> Iterator[Step]:
    for kind in KINDS:
        for shape in (_creates, _reads, _updates, _patches, _applies, _deletes, _as_others):
            for step in shape(kind):
                yield Step(f"{kind.plural}: {step.name}", *_rest(step))


def _rest(step: Step) -> tuple[Any, ...]:
    return (step.method, step.path, step.body, step.user, step.headers, step.keep)


def _creates(kind: Kind) -> Iterator[Step]:
    at = kind.collection
    one = kind.manifest("one")
    yield Step("create, dry run", "POST", f"{at}?dryRun=All", one)
    yield Step("create", "POST", at, one, keep="one")
    yield Step("create what is there", "POST", at, one)
    yield Step("create two", "POST", f"{at}?fieldManager=tester", kind.manifest("two"))
    yield Step("create three", "POST", at, kind.manifest("three", annotations={"a": "b"}))
    yield Step("create without a name", "POST", at, one | {"metadata": {"labels": LABELS}})
    yield Step("create with a broken name", "POST", at, kind.manifest("No/Such"))
    yield Step("create with a broken label", "POST", at, kind.manifest("four", labels={"a b": "c d"}))
    yield Step("create another kind", "POST", at, one | {"kind": "Nonsense"})
    yield Step("create another version", "POST", at, one | {"apiVersion": "v9"})
    yield Step("create without a kind", "POST", at, {"metadata": {"name": "five"}, **kind.content})
    yield Step("create elsewhere", "POST", f"{at}?dryRun=All", kind.manifest("six", namespace="default"))
    yield Step("create broken JSON", "POST", at, b'{"metadata": {"name": "seven"')
    yield Step("create nothing", "POST", at, b"")
    yield Step("create a list", "POST", at, [one])
    yield Step("create with a text for metadata", "POST", at, one | {"metadata": "one"})
    unknown = kind.manifest("eight") | {"nonsense": 1}
    yield Step("create with an unknown field, strictly", "POST", f"{at}?fieldValidation=Strict&dryRun=All", unknown)
    yield Step("create with an unknown field, warned", "POST", f"{at}?fieldValidation=Warn&dryRun=All", unknown)
    yield Step("create with an unknown field", "POST", f"{at}?dryRun=All", unknown)
    yield Step("create with an unknown option", "POST", f"{at}?dryRun=Some", unknown)
    yield Step("create with resourceVersion", "POST", at, kind.manifest("nine", resourceVersion="1"))
    yield Step("create by prefix", "POST", f"{at}?dryRun=All", one | {"metadata": {"generateName": "made-"}})
    yield Step("create as text", "POST", at, one, headers={"Content-Type": "text/plain"})
    yield Step("create by object path", "POST", f"{at}/ten", kind.manifest("ten"))
    yield Step("create in no namespace", "POST", kind.everywhere, kind.manifest("one"))


def _reads(kind: Kind) -> Iterator[Step]:
    at = kind.collection
    yield Step("get", "GET", f"{at}/one")
    yield Step("get as table", "GET", f"{at}/one", headers=TABLE)
    yield Step("get metadata", "GET", f"{at}/one", headers=METADATA)
    yield Step("get what is not there", "GET", f"{at}/none")
    yield Step("get a subresource that is not there", "GET", f"{at}/one/nonsense")
    yield Step("get as nonsense", "GET", f"{at}/one", headers={"Accept": "text/nonsense"})
    yield Step("list", "GET", f"{at}?{OURS}")
    yield Step("list everywhere", "GET", f"{kind.everywhere}?{OURS}")
    yield Step("list as table", "GET", f"{at}?{OURS}", headers=TABLE)
    yield Step("list as table with objects", "GET", f"{at}?{OURS}&includeObject=Object", headers=TABLE)
    yield Step("list metadata", "GET", f"{at}?{OURS}", headers=METADATA_LIST)
    yield Step("list by name", "GET", f"{at}?fieldSelector=metadata.name%3Dtwo")
    yield Step("list all but one name", "GET", f"{at}?{OURS}&fieldSelector=metadata.name!%3Dtwo")
    yield Step("list by an unknown field", "GET", f"{at}?fieldSelector=data.a%3D1")
    yield Step("list by a set of labels", "GET", f"{at}?labelSelector=twins%20in%20(yes,no),!more")
    yield Step("list by a broken selector", "GET", f"{at}?labelSelector=a%20b%20c")
    yield Step("list a page", "GET", f"{at}?{OURS}&limit=2", keep="page")
    yield Step("list from a broken place", "GET", f"{at}?{OURS}&limit=2&continue=nonsense")
    yield Step("list with a broken limit", "GET", f"{at}?{OURS}&limit=many")
    yield Step("list from version 0", "GET", f"{at}?{OURS}&resourceVersion=0")
    yield Step("list from a broken version", "GET", f"{at}?{OURS}&resourceVersion=x")
    if kind.plural in WATCHED:
        yield Step("watch", "GET", f"{at}?{OURS}&watch=true&resourceVersion=0&timeoutSeconds=1")
        by_name = f"{at}?fieldSelector=metadata.name%3Done&watch=1&resourceVersion=0&timeoutSeconds=1"
        yield Step("watch by name as table", "GET", by_name, headers=TABLE)
    yield Step("watch from a broken version", "GET", f"{at}?watch=true&resourceVersion=x&timeoutSeconds=1")


def _updates(kind: Kind) -> Iterator[Step]:
    at = kind.collection

    def labelled(memory: Memory) -> Any:
        one = memory["one"]
        return one | {"metadata": one["metadata"] | {"labels": LABELS | {"new": "yes"}}}

    def stale(memory: Memory) -> Any:
        return memory["one"] | {"metadata": memory["one"]["metadata"] | {"resourceVersion": "1"}}

    def stranger(memory: Memory) -> Any:
        return memory["one"] | {"metadata": memory["one"]["metadata"] | {"uid": "00000000-0000-0000-0000-000000000000"}}

    yield Step("update, dry run", "PUT", f"{at}/one?dryRun=All", labelled)
    yield Step("update", "PUT", f"{at}/one", labelled)
    yield Step("update what has changed", "PUT", f"{at}/one", labelled)
    yield Step("update a very old version", "PUT", f"{at}/one", stale)
    yield Step("update another uid", "PUT", f"{at}/one", stranger)
    yield Step("update another name", "PUT", f"{at}/two", labelled)
    yield Step("update without a name", "PUT", f"{at}/two", lambda m: m["one"] | {"metadata": {}})
    yield Step("update what is not there", "PUT", f"{at}/none?dryRun=All", kind.manifest("none"))
    yield Step("update another kind", "PUT", f"{at}/two", kind.manifest("two") | {"kind": "Nonsense"})
    yield Step("update a collection", "PUT", at, labelled)


def _patches(kind: Kind) -> Iterator[Step]:
    at = f"{kind.collection}/one"
    yield Step("merge patch", "PATCH", at, LABELLED, headers=MERGE)
    yield Step("merge patch that changes nothing", "PATCH", at, LABELLED, headers=MERGE)
    yield Step("merge patch away", "PATCH", at, {"metadata": {"labels": {"more": None}}}, headers=MERGE)
    yield Step("strategic patch", "PATCH", at, LABELLED, headers=STRATEGIC)
    yield Step("strategic patch of the name", "PATCH", at, {"metadata": {"name": "x"}}, headers=STRATEGIC)
    added = [{"op": "add", "path": "/metadata/labels/json", "value": "yes"}]
    yield Step("JSON patch", "PATCH", at, added, headers=JSON_PATCH)
    failing = [{"op": "test", "path": "/metadata/name", "value": "x"}]
    yield Step("JSON patch with a failing test", "PATCH", at, failing, headers=JSON_PATCH)
    missing = [{"op": "remove", "path": "/metadata/labels/none"}]
    yield Step("JSON patch of what is not there", "PATCH", at, missing, headers=JSON_PATCH)
    yield Step("JSON patch that is none", "PATCH", at, LABELLED, headers=JSON_PATCH)
    yield Step("patch, dry run", "PATCH", f"{at}?dryRun=All", {"metadata": {"labels": {"dry": "1"}}}, headers=MERGE)
    yield Step("patch with a broken label", "PATCH", at, {"metadata": {"labels": {"a": "b c"}}}, headers=MERGE)
    yield Step("patch of an old version", "PATCH", at, {"metadata": {"resourceVersion": "1"}}, headers=MERGE)
    yield Step("patch of what is not there", "PATCH", f"{kind.collection}/none", LABELLED, headers=MERGE)
    yield Step("patch of no known type", "PATCH", at, LABELLED)
    yield Step("patch of broken JSON", "PATCH", at, b"{", headers=MERGE)
    yield Step("patch of a collection", "PATCH", kind.collection, LABELLED, headers=MERGE)


def _applies(kind: Kind) -> Iterator[Step]:
    at = f"{kind.collection}/applied"
    mine, theirs = f"{at}?fieldManager=mine", f"{at}?fieldManager=theirs"
    dry = f"{mine}&dryRun=All&force=true"
    applied = kind.manifest("applied")
    other = kind.manifest("applied", labels={"twins": "others"})
    less = kind.manifest("applied", labels={})
    yield Step("apply without a manager", "PATCH", at, applied, headers=APPLY)
    yield Step("apply, dry run", "PATCH", f"{mine}&dryRun=All", applied, headers=APPLY)
    yield Step("apply", "PATCH", mine, applied, headers=APPLY)
    yield Step("apply again", "PATCH", mine, applied, headers=APPLY)
    yield Step("apply against another manager", "PATCH", theirs, other, headers=APPLY)
    yield Step("apply by force", "PATCH", f"{theirs}&force=true", other, headers=APPLY)
    yield Step("apply less", "PATCH", f"{theirs}&force=true", less, headers=APPLY)
    yield Step("apply another name", "PATCH", dry, kind.manifest("other"), headers=APPLY)
    yield Step("apply with an unknown field", "PATCH", dry, applied | {"nonsense": 1}, headers=APPLY)
    yield Step("apply without a kind", "PATCH", dry, {"metadata": {"name": "applied"}}, headers=APPLY)
    yield Step("apply with managed fields", "PATCH", dry, kind.manifest("applied", managedFields=[{}]), headers=APPLY)


def _deletes(kind: Kind) -> Iterator[Step]:
    at = kind.collection
    options = {"apiVersion": "v1", "kind": "DeleteOptions"}
    another = options | {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}
    older = options | {"preconditions": {"resourceVersion": "1"}}
    yield Step("delete, dry run", "DELETE", f"{at}/one?dryRun=All")
    yield Step("delete another uid", "DELETE", f"{at}/one?dryRun=All", another)
    yield Step("delete an old version", "DELETE", f"{at}/one?dryRun=All", older)
    yield Step(
        "delete by a broken policy", "DELETE", f"{at}/one?dryRun=All", options | {"propagationPolicy": "Nonsense"}
    )
    yield Step("delete with another kind of options", "DELETE", f"{at}/one?dryRun=All", options | {"kind": "Nonsense"})
    yield Step(
        "delete", "DELETE", f"{at}/three", options | {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
    )
    if kind.plural == "namespaces":
        return  # it takes a while to go, there on account of a controller
    yield Step("delete what is gone", "DELETE", f"{at}/three")
    yield Step("delete a collection, dry run", "DELETE", f"{at}?{OURS}&dryRun=All")
    yield Step("delete by label", "DELETE", f"{at}?labelSelector=new=yes")
    yield Step("what is left", "GET", f"{at}?{OURS}")


def _as_others(kind: Kind) -> Iterator[Step]:
    """Who may not must be told the same, and the same way: all these words are read by people and by our own code."""
    at = kind.collection
    for user, who in ((RITA, "a stranger"), (NOBODY, "nobody")):
        yield Step(f"get by {who}", "GET", f"{at}/two", user=user)
        yield Step(f"get what is not there by {who}", "GET", f"{at}/none", user=user)
        yield Step(f"list by {who}", "GET", at, user=user)
        if user == NOBODY:
            continue
        yield Step(f"list everywhere by {who}", "GET", kind.everywhere, user=user)
        yield Step(f"list by name by {who}", "GET", f"{at}?fieldSelector=metadata.name%3Dtwo", user=user)
        yield Step(f"watch by {who}", "GET", f"{at}?watch=true", user=user)
        yield Step(f"create by {who}", "POST", at, kind.manifest("x"), user=user)
        yield Step(f"update by {who}", "PUT", f"{at}/two", kind.manifest("two"), user=user)
        yield Step(f"patch by {who}", "PATCH", f"{at}/two", LABELLED, user=user, headers=MERGE)
        yield Step(f"delete by {who}", "DELETE", f"{at}/two", user=user)
        yield Step(f"delete all by {who}", "DELETE", at, user=user)
        yield Step(f"get a subresource by {who}", "GET", f"{at}/two/status", user=user)
