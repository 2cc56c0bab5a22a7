"""The RBAC half of a policy as files of a GitOps repository."""

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from kaccess.kube.manifests import from_manifest
from kaccess.model.errors import Usage
from kaccess.model.names import MANAGED_BY
from kaccess.model.policy import Backend, DeclaredNamespace
from kaccess.model.state import Entry, Namespace
from kaccess.policy.resolve import desired
from kaccess.render.manifests import KUSTOMIZATION, MARK, manifests
from kaccess.workflows.rendered_folder import write_folder
from tests.render.policies import CARDO, NOW, POLICY, grant

NAMED = replace(
    POLICY,
    grants=(
        grant("payments", "deployer", "development"),
        grant("payments", "viewer", "staging", "production"),
        grant("oncall", "reader", "staging", until=NOW + timedelta(hours=1)),
    ),
)
KINDS = {"Namespace": "namespace", "Role": "role", "RoleBinding": "binding", "ConfigMap": "card"}


def rendered(policy=NAMED, now=NOW, namespaces=None):
    return manifests(policy, CARDO, now, namespaces)


def objects(files):
    return [each for name, text in files.items() if name != KUSTOMIZATION for each in yaml.safe_load_all(text)]


def test_there_is_one_file_for_each_namespace_and_a_kustomization():
    files = rendered().files()
    names = ["development", "kaccess-system", "production", "staging"]
    assert list(files) == [*(f"namespace-{name}.yaml" for name in names), KUSTOMIZATION]
    assert all(text.startswith(f"{MARK}\n") for text in files.values())
    assert yaml.safe_load(files[KUSTOMIZATION])["resources"] == [f"namespace-{name}.yaml" for name in names]
    for name in names:
        for each in yaml.safe_load_all(files[f"namespace-{name}.yaml"]):
            metadata = each["metadata"]
            assert name == (metadata["name"] if each["kind"] == "Namespace" else metadata["namespace"])
            assert metadata["labels"][MANAGED_BY] == "kaccess"


def test_they_say_what_the_policy_desires_and_nothing_else():
    labels = {name: dict(each.labels) for name, each in NAMED.namespaces.items()}
    wanted = desired(NAMED, CARDO, backend=Backend.ACCESS_ENTRIES, namespaces=labels, members={}, now=NOW).state
    found = {from_manifest(KINDS[each["kind"]], each) for each in objects(rendered().files())}
    assert found == {item for item in wanted.items if not isinstance(item, Entry)}


def test_the_same_policy_gives_the_same_bytes_at_any_time_and_in_any_order():
    shuffled = replace(
        NAMED,
        grants=tuple(reversed(NAMED.grants)),
        namespaces=dict(reversed(NAMED.namespaces.items())),
        roles=dict(reversed(NAMED.roles.items())),
    )
    assert rendered(shuffled, NOW + timedelta(minutes=59)).files() == rendered().files()


def test_a_grant_that_has_ended_is_not_rendered():
    later = rendered(now=NOW + timedelta(hours=1)).files()
    assert "oncall" not in "".join(later.values())
    assert "oncall" in rendered().files()["namespace-staging.yaml"]


def test_a_namespace_is_never_pruned():
    (namespace,) = (each for each in objects(rendered().files()) if each["metadata"]["name"] == "development")
    assert namespace["metadata"]["annotations"] == {
        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
        "kustomize.toolkit.fluxcd.io/prune": "disabled",
    }


def test_a_namespace_that_others_made_has_no_manifest_once_the_cluster_is_known():
    there = [Namespace("development", owned=False), Namespace("staging", owned=False), Namespace("production")]
    kinds = {each["kind"] for each in objects(rendered(namespaces=there).files())}
    names = [each["metadata"]["name"] for each in objects(rendered(namespaces=there).files())]
    assert "development" not in names
    assert "kaccess-system" in names
    assert "RoleBinding" in kinds


def test_each_grant_that_only_the_cluster_can_place_is_undecided():
    found = rendered(replace(POLICY, grants=(*POLICY.grants, grant("payments", "reader", match="qa-*"))))
    assert_said(found.undecided, ["editor to oncall goes by labels", "reader to payments reaches no namespace"])
    assert len(found.guessed) == 1


@pytest.mark.parametrize(
    ("choice", "undecided", "guessed"),
    [
        ({"match": "prod*"}, [], ["this grant was given the declared namespaces that it matches"]),
        ({"match": "qa-*"}, ["reaches no namespace that the policy declares"], []),
        ({"selector": (("env", "development"),)}, ["only the cluster knows those of production, staging"], []),
    ],
)
def test_what_is_not_known_without_the_cluster_is_said(choice, undecided, guessed):
    found = rendered(replace(POLICY, grants=(grant("oncall", "reader", **choice),)))
    assert_said(found.undecided, undecided)
    assert_said(found.guessed, guessed)


def assert_said(lines, parts):
    assert len(lines) == len(parts)
    for line, part in zip(lines, parts, strict=True):
        assert part in line


def test_labels_are_known_where_the_policy_creates_all_namespaces():
    created = {"development": DeclaredNamespace("development", create=True, labels=(("env", "development"),))}
    policy = replace(
        POLICY, namespaces=created, grants=(grant("oncall", "reader", selector=(("env", "development"),)),)
    )
    assert rendered(policy).undecided == ()
    assert "oncall" in rendered(policy).files()["namespace-development.yaml"]


def test_the_namespaces_of_the_cluster_place_every_grant():
    there = [Namespace(name, labels, owned=False) for name, labels in (("qa-1", ()), ("x", (("env", "qa"),)))]
    grants = (
        grant("oncall", "reader", match="qa-*"),
        grant("oncall", "editor", selector=(("env", "qa"),)),
        grant("oncall", "viewer", match="none-*"),
    )
    found = rendered(replace(POLICY, grants=grants), namespaces=there)
    assert found.undecided == found.guessed == ()
    assert "kaccess:oncall:reader" in found.files()["namespace-qa-1.yaml"]
    assert "kaccess:oncall:editor:edit" in found.files()["namespace-x.yaml"]
    (skipped,) = found.skipped
    assert "no namespace has a name that matches none-*" in skipped


def test_a_folder_is_written_once_and_then_left_alone(tmp_path):
    folder = tmp_path / "deep" / "folder"
    files = rendered().files()
    assert {path.name for path in write_folder(folder, files, MARK).written} == set(files)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = write_folder(folder, files, MARK)
    assert (again.written, again.removed) == ((), ())
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_that_git_checked_out_with_other_line_ends_is_still_ours(tmp_path):
    files = rendered().files()
    write_folder(tmp_path, files, MARK)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert {path.name for path in write_folder(tmp_path, files, MARK).written} == set(files)
    assert {path.name: path.read_bytes().decode() for path in tmp_path.iterdir()} == files


def test_stale_files_of_ours_go_and_foreign_ones_stay(tmp_path):
    write_folder(tmp_path, rendered().files(), MARK)
    for name in ("deployment.yaml", "namespace-mine.yaml", "README.md"):
        (tmp_path / name).write_text("kind: Deployment\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "namespace-staging.yaml")
    fewer = replace(NAMED, grants=NAMED.grants[:1])
    done = write_folder(tmp_path, rendered(fewer).files(), MARK)
    assert {path.name for path in done.removed} == {"namespace-production.yaml", "namespace-staging.yaml"}
    kept = {"deployment.yaml", "namespace-mine.yaml", "README.md", "link.yaml", *rendered(fewer).files()}
    assert {path.name for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("name", [KUSTOMIZATION, "namespace-staging.yaml"])
def test_a_foreign_file_of_such_a_name_is_not_overwritten(tmp_path, name):
    (tmp_path / name).write_text("resources: []\n")
    with pytest.raises(Usage, match="was not rendered by kaccess"):
        write_folder(tmp_path, rendered().files(), MARK)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "resources: []\n"


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Usage, match="cannot be written"):
        write_folder(tmp_path / "file" / "folder", rendered().files(), MARK)
