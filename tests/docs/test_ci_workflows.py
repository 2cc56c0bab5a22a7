"""The workflows, the problem matcher and the hooks that a company copies, read by the linters of the field."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import REAL_HOME
from tests.controlplane.binaries import GO_FOLDER
from tests.docs.actions import FOLDER, WORKFLOWS, scripts, workflow
from tests.docs.pages import ROOT
from tests.programs import require_programs

HOOKS = ROOT / ".pre-commit-hooks.yaml"
BY_TAG = '{rules: {unpinned-uses: {config: {policies: {"*": ref-pin}}}}}'
"""docs/ci.md tells to pin by commit; the tags here are for reading."""

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def run(*words, **settings):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, **settings)


def installed(name):
    """A program that pip brought, beside Python."""
    return str(Path(sys.executable).with_name(name))


def by_schema(path):
    return run(installed("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path))


def by_actionlint(path):
    go = shutil.which("go") or shutil.which("go", path=GO_FOLDER)
    if go is None:
        require_programs("go")
    # The tests have a home that cannot be; Go keeps what it built in the real one.
    env = {**os.environ, "HOME": str(REAL_HOME), "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        env.pop(name, None)
    words = ("tool", "actionlint", "-no-color", "-shellcheck", installed("shellcheck"), str(path))
    return run(go, *words, cwd=Path(__file__).parent, env=env)


def by_zizmor(path):
    config = path.with_name("zizmor.yml")
    config.write_text(BY_TAG)
    return run(installed("zizmor"), "--offline", "--no-progress", "--config", str(config), str(path))


LINTERS = (by_schema, by_actionlint, by_zizmor)
MISTAKES = {
    by_schema: ("runs-on: ubuntu-latest", "runs-in: ubuntu-latest"),
    by_actionlint: ('exit "$code"', "exit $cod"),
    by_zizmor: ('exit "$code"', 'echo "${{ github.event.pull_request.title }}"'),
}


@pytest.mark.parametrize("linter", LINTERS)
@each_workflow
def test_a_linter_finds_nothing_but_what_is_put_there(linter, path, tmp_path):
    copied = Path(shutil.copy(path, tmp_path))
    done = linter(copied)
    assert done.returncode == 0, done.stdout + done.stderr
    text = path.read_text()
    right, wrong = MISTAKES[linter]
    assert right in text
    copied.write_text(text.replace(right, wrong))
    assert linter(copied).returncode != 0


@each_workflow
def test_nobody_from_outside_gets_more_than_to_read(path):
    found = workflow(path)
    assert found["permissions"] == {}
    assert "pull_request_target" not in found["on"]
    for job in found["jobs"].values():
        writes = {name for name, level in job["permissions"].items() if level == "write"}
        if writes and "pull_request" in found["on"]:
            assert "head.repo.full_name == github.repository" in job["if"] or "'push'" in job["if"]
        if "vars.KACCESS_APPLY_ROLE" in str(job):
            assert (job["environment"], writes) == ("access", {"id-token"})
            assert job["if"].startswith("github.event_name == 'push'")
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"] == {"persist-credentials": False}
    assert not re.search(r"secrets\.|\$\{\{", "".join(text for *_, text in scripts(path)))


def test_the_problem_matcher_takes_a_line_of_validate_apart():
    (pattern,) = json.loads((FOLDER / "kaccess-problems.json").read_text())["problemMatcher"][0]["pattern"]
    line = "error: policies/payments.yaml:7:40: unknown role 'viewr' (did you mean 'viewer'?)"
    found = re.search(pattern["regexp"], line)
    parts = {name: found[number] for name, number in pattern.items() if name != "regexp"}
    assert parts == {
        "severity": "error",
        "file": "policies/payments.yaml",
        "line": "7",
        "column": "40",
        "message": "unknown role 'viewr' (did you mean 'viewer'?)",
    }
    assert not re.search(pattern["regexp"], "error: no policy here; write one with `kaccess init`")


@pytest.fixture
def hooks():
    return {hook["id"]: hook for hook in yaml.safe_load(HOOKS.read_text())}


@pytest.mark.parametrize("id_", ["kaccess-validate", "kaccess-fmt"])
def test_a_hook_runs_on_what_is_a_policy(hooks, id_, tmp_path):
    hook = hooks[id_]
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    matches = ("kaccess.yaml", "policies/payments.yaml", "policies/teams/a.yml")
    assert all(re.search(hook["files"], name) for name in matches)
    assert not any(re.search(hook["files"], name) for name in ("x/policies/a.yaml", "kaccess.yaml.orig", "a.yaml"))
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    program, *words = hook["entry"].split()
    done = run(installed(program), *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_hooks_stop_what_is_wrong(hooks, tmp_path):
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    payments = tmp_path / "policies/payments.yaml"
    before = payments.read_text()
    payments.write_text(
        before.replace("role: viewer, namespaces: [staging,", "role:  developer, namespaces: [staging,")
    )
    said = {}
    for id_, hook in hooks.items():
        program, *words = hook["entry"].split()
        said[id_] = run(installed(program), *words, cwd=tmp_path)
    assert said["kaccess-validate"].returncode == 1
    assert "policies/payments.yaml:7:5" in said["kaccess-validate"].stderr
    # pre-commit takes a hook that changes files for one that failed.
    assert said["kaccess-fmt"].stdout == "changed policies/payments.yaml\n"
    assert "role: developer, namespaces: [staging," in payments.read_text()
