import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from kaccess.cli.main import root, run
from tests.programs import require_programs


def completed(*words):
    *args, typed = words
    complete = ShellComplete(root, {}, "kaccess", "_KACCESS_COMPLETE")
    return [item.value for item in complete.get_completions(args, typed)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("grant", "pay"), ["payments-developers"]),
        (("grant", "x", "--role", "dev"), ["developer"]),
        (("revoke", "x", "-n", "s"), ["staging"]),
        (("apply", "--cluster", "c"), ["cardo"]),
        (("login", "c"), ["cardo"]),
        (("pl",), ["plan"]),
    ],
)
def test_names_of_the_policy_complete(words, expected):
    assert completed(*words) == expected
    assert completed("--policy", "policies", *words) == expected


@pytest.mark.parametrize("policy", ["/nowhere", "tox.ini"])
def test_a_policy_that_cannot_be_read_completes_nothing(policy):
    assert completed("--policy", policy, "grant", "p") == []


def test_contexts_complete_from_the_kubeconfig(home):
    assert completed("login", "--use", "") == []
    context = "{name: cardo/dev, context: {extensions: [{name: kaccess.io, extension: {alias: cardo}}]}}"
    (home / "kubeconfig").write_text(f"apiVersion: v1\nkind: Config\ncontexts: [{context}]\n")
    assert completed("login", "--use", "c") == ["cardo/dev"]


def test_clusters_complete_from_the_configuration_and_the_kubeconfig_too(home):
    config = home / "config/kaccess/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("clusters: {carbo: {name: carbo-eks, region: eu-south-1}}\n")
    context = (
        "{name: carmen/dev, context: {namespace: dev, extensions: [{name: kaccess.io, extension: {alias: carmen}}]}}"
    )
    (home / "kubeconfig").write_text(f"apiVersion: v1\nkind: Config\ncontexts: [{context}]\n")
    assert completed("login", "c") == ["carbo", "cardo", "carmen"]
    assert completed("can-i", "get", "pods", "-n", "d") == ["dev", "development"]


PRESSED = """\
eval "$(kaccess completion bash)"
COMP_WORDS=({words}); COMP_CWORD={last}
_kaccess_completion kaccess
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("kaccess lo", ["login", "logout"]),
        ("kaccess login ca", ["cardo"]),
        ("kaccess grant pay", ["payments-developers"]),
        ("kaccess login --one", ["--one-context"]),
        ("kaccess completion ''", ["bash", "zsh", "fish"]),
    ],
)
def test_a_real_bash_completes(home, typed, expected):
    script = PRESSED.format(words=typed, last=len(typed.split()) - 1)
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (expected, "")


@pytest.mark.parametrize(
    ("shell", "check", "mark"),
    [
        ("bash", "-n", "complete -o nosort"),
        ("zsh", "-n", "compdef"),
        ("fish", "--no-execute", "complete --no-files --command kaccess"),
    ],
)
def test_each_shell_takes_its_script(shell, check, mark, tmp_path, capsys):
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert mark in script
    path = tmp_path / "script"
    path.write_text(script)
    (program,) = require_programs(shell)
    assert subprocess.run([program, check, path], check=False).returncode == 0
