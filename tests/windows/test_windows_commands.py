"""What developers and administrators type every day, in a Windows Python."""

from __future__ import annotations

import json
import re
import shutil

import pytest
import yaml

from tests.credentials.test_credentials_hot import FREE_ON_A_HIT, PROGRAM
from tests.kubeconfig.samples import FOREIGN
from tests.windows.machine import finish, windows_path

pytestmark = pytest.mark.windows

TOKEN = ("token", "--cluster", "cardo-eks", "--region", "eu-south-1")
POLICY = (
    "# our policy, Bjørn's and Łucja's\r\napiVersion: kaccess/v1\r\nkind: AccessPolicy\r\nclusters:\r\n"
    '  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}\r\n'
    "roles:\r\n  viewer: {cluster_role: view}   # as Kubernetes has it\r\n"
    "namespaces: {development: {}}\r\ngrants:\r\n"
    "  - {group: data-engineers, role: viewer, namespaces: [development]} # for Łucja\r\n"
)


def test_help_is_there_under_the_name_that_people_type(machine):
    done = machine.kaccess({}, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: kaccess [OPTIONS] COMMAND")


def test_login_writes_beside_what_is_foreign_and_logout_takes_ours_alone(machine, person):
    config = machine.profile / ".kube/config"
    config.parent.mkdir()
    config.write_bytes(FOREIGN.encode())
    done = machine.kaccess(person("ana"), "login", "--use", "cardo-eks/development")
    assert (done.code, done.err) == (0, "")
    assert "written to ~\\.kube\\config" in done.out

    written = config.read_bytes()
    assert b"\r" not in written
    remaining = iter(written.decode().splitlines())
    kept = [line for line in FOREIGN.splitlines() if not line.startswith("current-context")]
    assert all(line in remaining for line in kept)
    found = yaml.safe_load(written)
    (plugin,) = [user["user"]["exec"] for user in found["users"] if user["name"].startswith("kaccess:")]
    assert plugin["command"] == machine.interpreter
    assert plugin["args"] == [machine.script, *TOKEN, "--profile", "ana"]
    assert found["current-context"] == "cardo-eks/development"
    assert config.with_name("config.kaccess-backup").read_bytes() == FOREIGN.encode()

    assert list(machine.local.glob("kaccess/tokens/*.token"))
    done = machine.kaccess(person("ana"), "logout")
    assert "removed context cardo-eks/development\n" in done.out
    assert "forgot 1 cached token\n" in done.out
    assert list(machine.local.glob("kaccess/tokens/*")) == []
    assert b"kaccess" not in config.read_bytes()
    remaining = iter(config.read_text().splitlines())
    assert all(line in remaining for line in kept)


def test_kubectl_for_windows_gets_its_token_and_is_refused_what_was_not_granted(machine, ana):
    kubectl = windows_path(machine.python / "Scripts/kubectl.exe")
    for _ in ("a token that is minted", "one from the cache"):
        done = machine.run(ana, kubectl, "--context", "cardo-eks/development", "get", "pods")
        assert (done.code, done.err) == (0, "No resources found in development namespace.\n")
    refused = machine.run(ana, kubectl, "--context", "cardo-eks/development", "-n", "production", "get", "pods")
    assert refused.code == 1
    assert "forbidden" in refused.err


def test_one_finds_out_who_one_is_and_what_one_may_do(machine, ana):
    done = machine.kaccess(ana, "whoami")
    assert done.out.startswith("AWS: arn:aws:iam::111122223333:user/ana\n")
    assert "groups of the policy: payments-developers" in done.out
    assert machine.kaccess(ana, "can-i", "list", "pods", "-n", "development").code == 0
    assert machine.kaccess(ana, "can-i", "list", "pods", "-n", "production").code == 1
    done = machine.kaccess(ana, "doctor")
    assert (done.code, "failure" in done.out) == (0, False), done.out
    assert "ok       keyring: the system keyring can be used\n" in done.out
    assert f"ok       kubeconfig: C:\\users\\{machine.profile.name}\\.kube\\config: contexts of kaccess: 1" in done.out
    assert f"ok       plugin: {machine.script}, {machine.interpreter}\n" in done.out


def test_the_second_token_comes_from_the_cache_and_loads_next_to_nothing(machine, person):
    miss = finish(machine.plugin(person("ana"), *TOKEN))
    hit = finish(machine.code(person("ana"), PROGRAM, *TOKEN))
    assert json.loads(hit.out) == json.loads(miss.out)
    assert set(hit.err.split()) <= FREE_ON_A_HIT
    (kept,) = machine.local.glob("kaccess/tokens/*")
    assert json.loads(hit.out)["status"]["token"] in kept.read_text()


def test_who_has_no_path_to_it_runs_it_as_a_module(machine, person):
    done = machine.run(person("ana"), machine.interpreter, "-m", "kaccess", "login", "--print")
    (user,) = yaml.safe_load(done.out)["users"]
    assert user["user"]["exec"]["command"] == machine.interpreter
    assert user["user"]["exec"]["args"][0] == machine.script


def test_ten_at_once_mint_one_token(machine, person):
    calls = [machine.plugin(person("ana"), *TOKEN) for _ in range(10)]
    found = [finish(call) for call in calls]
    assert {(done.code, done.err) for done in found} == {(0, "")}
    assert len({done.out for done in found}) == 1
    assert [path.suffix for path in machine.local.glob("kaccess/tokens/*")] == [".token"]


def test_a_shell_of_its_own_is_the_one_of_windows(machine, person):
    done = machine.kaccess(person("ana"), "login", "--isolated", given="echo at %KUBECONFIG%& exit 7\r\n")
    assert done.code == 7, done
    assert re.search(r"\bat C:\\.*\\kaccess-\w+\\kubeconfig\b", done.out)
    assert list(machine.profile.rglob("kaccess-*")) == []


def test_the_home_is_the_one_of_kubectl(machine, person):
    """HOME comes first if it is set, as Git's shell sets it; wine takes a HOME of Linux away."""
    other = machine.profile / "other"
    (other / ".kube").mkdir(parents=True)
    (other / ".kube/config").write_text("apiVersion: v1\nkind: Config\n")
    home = f"C:\\users\\{machine.profile.name}\\other"
    program = (
        "import os, subprocess, sys\n"
        f"environ = {{**os.environ, 'HOME': {home!r}}}\n"
        "sys.exit(subprocess.run(sys.argv[1:], env=environ).returncode)"
    )
    done = finish(machine.code(person("ana"), program, machine.interpreter, machine.script, "login"))
    assert "written to ~\\other\\.kube\\config\n" in done.out
    kubectl = windows_path(machine.python / "Scripts/kubectl.exe")
    done = finish(machine.code({}, program, kubectl, "config", "get-contexts", "-o", "name"))
    assert (done.out, done.err) == ("cardo-eks/development\n", "")


def test_a_policy_is_edited_in_place(machine):
    policy = machine.profile / "policy.yaml"
    policy.write_bytes(POLICY.encode())
    words = ("--role", "viewer", "-n", "development", "--no-apply")
    done = machine.kaccess({}, "--policy", "policy.yaml", "grant", "payments-developers", *words)
    assert (done.code, done.out) == (0, "changed policy.yaml\n"), done
    assert "# for Łucja" in done.err
    added = "  - {group: payments-developers, role: viewer, namespaces: [development]}\r\n"
    assert policy.read_bytes() == (POLICY + added).encode()
    assert sorted(path.name for path in machine.profile.glob("*policy*")) == ["policy.yaml"]


@pytest.fixture
def repository(machine):
    """A folder with a policy, and with programs that nobody should run."""
    folder = machine.profile / "repository"
    folder.mkdir()
    (folder / "policy.yaml").write_bytes(POLICY.encode())
    for name in ("git.exe", "python.exe", "py.exe", "process.exe"):
        shutil.copy(machine.profile.parents[1] / "windows/system32/whoami.exe", folder / name)
    yield folder
    shutil.rmtree(folder)


def test_programs_of_the_current_folder_are_not_run(machine, repository):
    there = f"cd {repository.name} && {machine.script}.cmd"
    done = machine.run({}, "cmd", "/c", f"{there} --policy policy.yaml history")
    assert (done.code, "git was not found" in done.err) == (1, True), done

    profiles = repository / "profiles"
    profiles.write_text("[profile ana]\ncredential_process = process\n")
    environ = {"AWS_CONFIG_FILE": windows_path(profiles), "AWS_PROFILE": "ana"}
    done = machine.run(environ, "cmd", "/c", f"{there} {' '.join(TOKEN)}")
    assert (done.code, "[WinError 2]" in done.err) == (1, True), done


def test_without_a_python_of_its_own_it_is_started_by_the_one_on_path(machine, repository):
    tools = machine.profile / "tools"
    tools.mkdir()
    for name in ("kaccess", "kaccess.cmd"):
        shutil.copy(machine.python / "Scripts" / name, tools)
    done = machine.run({}, "cmd", "/c", f"cd {repository.name} && ..\\tools\\kaccess.cmd --help")
    assert (done.code, done.err) == (1, "kaccess: no py.exe on PATH; install Python's launcher\n")


def test_a_shell_of_its_own_has_the_programs_of_its_folder(machine, person):
    done = machine.kaccess(person("ana"), "login", "--isolated", given="set\r\nexit 0\r\n")
    assert "KACCESS_ISOLATED=cardo" in done.out
    assert "INEXEPATH" not in done.out.upper()


def test_windows_finds_the_label_of_what_people_type(machine):
    """cmd reads 512 bytes at a time, and misses labels beyond them where lines end as on Linux."""
    assert (machine.python / "Scripts/kaccess.cmd").stat().st_size < 512


def test_an_administrator_plans_and_applies(machine, company, person):
    given = company.policy_file.read_bytes()
    policy = machine.profile / "policy.yaml"
    policy.write_bytes(given.replace(b"development]}\n", b"development, staging]}\n"))
    plan = windows_path(machine.profile / "plan.json")
    assert machine.kaccess({}, "--policy", "policy.yaml", "validate").code == 0
    done = machine.kaccess(person("admin"), "--policy", "policy.yaml", "plan", "--check", "--out", plan)
    assert (done.code, "staging/kaccess:payments-developers:developer" in done.out) == (3, True), done
    done = machine.kaccess(person("admin"), "--policy", "policy.yaml", "apply", plan, "--yes")
    assert done.code == 0, done
    assert company.apply().code == 0
    assert company.kaccess("admin", "plan", "--check").code == 0


def test_a_reader_that_has_gone_has_what_it_wants(machine):
    process = machine.plugin({}, "schema")
    process.stdout.close()
    _, err = process.communicate("")
    assert (process.returncode, err) == (1, "")


def test_what_windows_cannot_do_is_one_line(machine):
    done = machine.kaccess({}, "sandbox", "up")
    line = "error: the sandbox needs Linux or macOS; on Windows run it under WSL\n"
    assert (done.code, done.out, done.err) == (1, "", line)
