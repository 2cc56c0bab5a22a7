"""What login writes, in one file."""

from __future__ import annotations

import json

import pytest

from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.kubeconfig.read import read
from kaccess.kubeconfig.write import remove, write
from tests.kubeconfig.samples import CA_DATA, FOREIGN, PROGRAM, access, lines_of


def test_kubectl_reads_a_context_for_each_namespace(config, view, kubectl):
    written = write([access("development", "staging")], program=PROGRAM, paths=(config,))

    assert written.added == ("cardo/development", "cardo/staging")
    seen = view(config)
    contexts = {item["name"]: item["context"] for item in seen["contexts"]}
    assert {name: (item["cluster"], item["user"], item["namespace"]) for name, item in contexts.items()} == {
        "cardo/development": ("kaccess:cardo", "kaccess:cardo", "development"),
        "cardo/staging": ("kaccess:cardo", "kaccess:cardo", "staging"),
    }
    cluster = seen["clusters"][0]["cluster"]
    assert (cluster["server"], cluster["certificate-authority-data"]) == ("https://cardo.example", CA_DATA)
    assert "cardo/staging" in kubectl(config, "config", "get-contexts", "-o", "name").stdout


def test_the_plugin_is_absolute_and_says_all_that_v1_asks_for(config, view):
    write([access("development", profile="work")], program="/bin/kaccess", paths=(config,))

    command = view(config)["users"][0]["user"]["exec"]
    assert command.pop("installHint")
    assert command == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "/bin/kaccess",
        "args": ["token", "--cluster", "cardo-eks", "--region", "eu-south-1", "--profile", "work"],
        "env": None,
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }


def test_two_roles_of_one_cluster_have_a_user_each(config, view):
    admin = access("production", iam_role="arn:aws:iam::111122223333:role/team/admin")
    write([access("development"), admin], program=PROGRAM, paths=(config,))

    users = {item["name"]: item["user"]["exec"]["args"][5:] for item in view(config)["users"]}
    assert users == {"kaccess:cardo": [], "kaccess:cardo:admin": ["--role-arn", admin.iam_role]}


def test_a_new_file_is_private(config):
    write([access("development")], program=PROGRAM, paths=(config,))

    assert config.stat().st_mode & 0o777 == 0o600


def test_a_missing_folder_is_made(tmp_path):
    path = tmp_path / "home" / ".kube" / "config"
    write([access("development")], program=PROGRAM, paths=(path,))

    assert path.exists()


def test_every_foreign_line_stays_where_it_is(foreign):
    write([access("development")], program=PROGRAM, paths=(foreign,))

    remaining = iter(lines_of(foreign))
    assert all(line in remaining for line in FOREIGN.splitlines())


def test_logout_leaves_the_foreign_file_byte_for_byte(foreign):
    write([access("development", "staging")], program=PROGRAM, paths=(foreign,))
    write([access("production", alias="lena")], program=PROGRAM, paths=(foreign,))
    written = remove((foreign,))

    assert written.removed == ("cardo/development", "cardo/staging", "lena/production")
    assert foreign.read_text() == FOREIGN


def test_logout_of_one_cluster_leaves_the_others(foreign):
    write([access("development"), access("development", alias="lena")], program=PROGRAM, paths=(foreign,))
    remove((foreign,), ["cardo"])

    assert [context.name for context in read((foreign,))] == ["lena/development"]


def test_logout_without_a_kubeconfig_makes_none(config):
    assert remove((config,)).changed == ()
    assert not config.exists()


def test_writing_the_same_again_does_not_touch_the_file(foreign):
    write([access("development")], program=PROGRAM, paths=(foreign,))
    before = foreign.stat()
    written = write([access("development")], program=PROGRAM, paths=(foreign,))

    assert (written.changed, written.kept) == ((), ("cardo/development",))
    assert (foreign.stat().st_mtime_ns, foreign.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_writing_the_same_after_kubectl_rewrote_the_file_changes_nothing(config, kubectl):
    write([access("development")], program=PROGRAM, paths=(config,))
    assert kubectl(config, "config", "set-context", "other", "--user=x").returncode == 0

    assert write([access("development")], program=PROGRAM, paths=(config,)).changed == ()


def test_contexts_whose_grant_is_gone_are_removed(foreign):
    write([access("development", "staging"), access("development", alias="lena")], program=PROGRAM, paths=(foreign,))
    written = write([access("staging", "production")], program=PROGRAM, paths=(foreign,))

    assert (written.added, written.kept, written.removed) == (
        ("cardo/production",),
        ("cardo/staging",),
        ("cardo/development",),
    )
    names = {context.name for context in read((foreign,))}
    assert names == {"cardo/staging", "cardo/production", "lena/development"}


def test_an_access_without_namespaces_removes_the_cluster(foreign):
    write([access("development")], program=PROGRAM, paths=(foreign,))
    write([access()], program=PROGRAM, paths=(foreign,))

    assert foreign.read_text() == FOREIGN


def test_fields_that_others_added_to_our_entries_stay(config, kubectl, view):
    write([access("development")], program=PROGRAM, paths=(config,))
    kubectl(config, "config", "set-cluster", "kaccess:cardo", "--proxy-url=http://proxy:1")
    write([access("development", server="https://new.example")], program=PROGRAM, paths=(config,))

    cluster = view(config)["clusters"][0]["cluster"]
    assert (cluster["server"], cluster["proxy-url"]) == ("https://new.example", "http://proxy:1")


def test_extensions_of_other_tools_on_our_entries_stay(config, view):
    write([access("development")], program=PROGRAM, paths=(config,))
    text = config.read_text().replace("extensions:\n", "extensions:\n    - {name: lens, extension: {a: b}}\n", 1)
    config.write_text(text)
    write([access("development", server="https://new.example")], program=PROGRAM, paths=(config,))

    assert [item["name"] for item in view(config)["clusters"][0]["cluster"]["extensions"]] == ["kaccess.io", "lens"]


def test_a_namespace_that_was_changed_in_our_context_is_set_back(config, kubectl):
    write([access("development", "staging")], program=PROGRAM, paths=(config,))
    kubectl(config, "config", "set-context", "cardo/staging", "--namespace=development")
    write([access("development", "staging")], program=PROGRAM, paths=(config,))

    assert {context.name: context.namespace for context in read((config,))}["cardo/staging"] == "staging"


def test_a_context_that_was_renamed_stays_as_long_as_its_grant(config, kubectl):
    write([access("development", "staging")], program=PROGRAM, paths=(config,))
    kubectl(config, "config", "rename-context", "cardo/staging", "mine")
    write([access("staging")], program=PROGRAM, paths=(config,))
    assert {context.name for context in read((config,))} == {"mine", "cardo/staging"}

    write([access("development")], program=PROGRAM, paths=(config,))
    assert {context.name for context in read((config,))} == {"cardo/development"}


@pytest.mark.parametrize(
    ("namespaces", "preset"), [(("development",), "development"), (("development", "staging"), None)]
)
def test_one_context_presets_a_namespace_only_if_there_is_just_one(config, namespaces, preset):
    write([access(*namespaces)], program=PROGRAM, paths=(config,), one_context=True)

    assert [(context.name, context.namespace) for context in read((config,))] == [("cardo", preset)]


def test_one_context_keeps_the_namespace_the_person_chose_while_it_is_granted(config, kubectl):
    write([access("development", "staging")], program=PROGRAM, paths=(config,), one_context=True)
    kubectl(config, "config", "set-context", "cardo", "--namespace=staging")
    for namespaces, expected in ((("staging", "development"), "staging"), (("development", "production"), None)):
        write([access(*namespaces)], program=PROGRAM, paths=(config,), one_context=True)
        assert read((config,))[0].namespace == expected


def test_one_context_replaces_those_per_namespace(config):
    write([access("development", "staging")], program=PROGRAM, paths=(config,))
    write([access("development", "staging")], program=PROGRAM, paths=(config,), one_context=True)

    assert [context.name for context in read((config,))] == ["cardo"]


def test_the_current_context_is_set_only_if_there_is_none(config, foreign):
    assert write([access("development")], program=PROGRAM, paths=(foreign,)).current_context == "office"
    foreign.write_text(FOREIGN.replace("current-context: office\n", ""))
    assert write([access("development")], program=PROGRAM, paths=(foreign,)).current_context == "cardo/development"


def test_use_makes_a_context_current(foreign, kubectl):
    write([access("development")], program=PROGRAM, paths=(foreign,), use="cardo/development")

    assert kubectl(foreign, "config", "current-context").stdout.strip() == "cardo/development"


def test_use_of_an_unknown_context_changes_nothing(foreign):
    with pytest.raises(KubeconfigError, match="no context 'cardo/production' to use"):
        write([access("development")], program=PROGRAM, paths=(foreign,), use="cardo/production")
    assert foreign.read_text() == FOREIGN


def test_losing_the_current_context_never_moves_to_another_namespace(config):
    write([access("staging", "production")], program=PROGRAM, paths=(config,))
    written = write([access("production")], program=PROGRAM, paths=(config,))

    assert (written.removed, written.current_context) == (("cardo/staging",), None)
    assert not any(context.current for context in read((config,)))


@pytest.mark.parametrize(
    "taken",
    [
        "contexts: [{name: cardo/development, context: {cluster: a, user: b}}]",
        "users: [{name: 'kaccess:cardo', user: {}}]",
        "clusters: [{name: 'kaccess:cardo', cluster: {server: 'https://x'}}]",
    ],
)
def test_a_foreign_entry_with_our_name_is_never_replaced(config, taken):
    config.write_text(taken)
    with pytest.raises(KubeconfigError, match="is not kaccess's and has the name it needs"):
        write([access("development")], program=PROGRAM, paths=(config,))
    assert config.read_text() == taken


@pytest.mark.parametrize("indent", [None, 4])
def test_a_json_kubeconfig_stays_json(config, view, indent):
    users = [{"name": "u", "user": {"token": "1e3"}}]
    foreign = {"apiVersion": "v1", "kind": "Config", "users": users, "more": [1, 0.5, True, None, "y", "null"]}
    config.write_text(json.dumps(foreign, indent=indent))
    write([access("development")], program=PROGRAM, paths=(config,))

    assert {item["name"] for item in view(config)["users"]} == {"u", "kaccess:cardo"}
    assert json.loads(config.read_text())["more"] == foreign["more"]
    assert (len(config.read_text().splitlines()) > 1) is bool(indent)

    remove((config,))
    assert json.loads(config.read_text()) == foreign | {"clusters": [], "contexts": [], "current-context": ""}


@pytest.mark.parametrize("name", ["y", "n", "1e3", "0o17", "123", "0x1f", "on", "null", "1-1"])
def test_names_that_yaml_could_take_for_something_else_are_text_to_kubectl(config, view, name):
    write([access(name, alias=name, profile=name)], program=PROGRAM, paths=(config,), one_context=True)

    (context,) = view(config)["contexts"]
    (user,) = view(config)["users"]
    assert (context["name"], context["context"]["namespace"]) == (name, name)
    assert user["user"]["exec"]["args"][-1] == name


@pytest.mark.parametrize(
    "text", ["", "# only a comment", "---\n", "null", "{}", "clusters: []\n", "users:\ncontexts: ~\n"]
)
def test_an_empty_kubeconfig_is_filled(config, view, text):
    config.write_text(text)
    write([access("development")], program=PROGRAM, paths=(config,))

    assert [item["name"] for item in view(config)["contexts"]] == ["cardo/development"]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_endings_do_not_matter(config, view, ending):
    config.write_bytes(FOREIGN.rstrip("\n").replace("\n", ending).encode())
    write([access("development")], program=PROGRAM, paths=(config,))

    assert {item["name"] for item in view(config)["contexts"]} == {"office", "cardo/development"}


def test_the_previous_content_rests_in_one_private_backup(foreign):
    written = write([access("development")], program=PROGRAM, paths=(foreign,))

    (backup,) = written.backups
    assert backup == foreign.with_name("config.kaccess-backup")
    assert (backup.read_text(), backup.stat().st_mode & 0o777) == (FOREIGN, 0o600)
    assert sorted(path.name for path in foreign.parent.iterdir()) == ["config", "config.kaccess-backup"]


def test_what_is_written_holds_no_secret_of_ours(config):
    write([access("development")], program=PROGRAM, paths=(config,))

    assert "k8s-aws-v1" not in config.read_text()
    assert "ca_data" not in repr(access("development"))
