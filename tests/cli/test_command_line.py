"""The contract of the command line: help, exit codes, and the JSON envelope on success and on failure."""

import json
import subprocess
import sys

import click
import pytest

from kaccess.cli.commands import COMMANDS
from kaccess.cli.main import root, run

ENVELOPE = {"apiVersion", "kind", "status", "exitCode", "data", "errors", "warnings"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_the_common_options(name, capsys):
    assert run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: kaccess {name}")
    command = root.get_command(click.Context(root), name)
    for sub in sorted(command.commands) if isinstance(command, click.Group) else [""]:
        if sub:
            assert run([name, sub, "--help"]) == 0
            said = capsys.readouterr().out
        assert {"--policy", "--profile", "--region", "--output"} <= set(said.replace(",", " ").split())


def test_the_list_of_commands_names_each_with_a_whole_sentence(capsys):
    run(["--help"])
    listing = capsys.readouterr().out.partition("\nCommands:\n")[2].splitlines()
    assert [line.split()[0] for line in listing] == sorted(COMMANDS)
    assert not [line for line in listing if line.endswith("...")]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_line_of_a_command_in_the_list_is_its_own_first_sentence(name):
    assert COMMANDS[name].summary == root.get_command(click.Context(root), name).get_short_help_str(70)


@pytest.mark.parametrize(
    ("words", "code"), [(["nonsense"], 2), (["plan", "--nonsense"], 2), (["grant"], 2), (["validate", "/nowhere"], 1)]
)
def test_a_failure_is_one_line_on_stderr_or_one_envelope_on_stdout(words, code, capsys):
    assert run(words) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert run([*words, "-o", "json"]) == code
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == ENVELOPE
    assert (answer["status"], answer["exitCode"], answer["data"]) == ("error", code, None)
    assert answer["errors"]


@pytest.mark.parametrize("words", [["-o", "json", "validate", "policies"], ["validate", "policies", "-o", "json"]])
def test_common_options_go_before_or_after_the_command(words, capsys):
    assert run(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == ENVELOPE
    assert (answer["kind"], answer["status"], answer["data"]["valid"]) == ("Validation", "success", True)


def test_the_names_of_options_are_those_of_the_contract():
    assert {"--policy", "--profile", "--region", "-o", "-v"} <= {opt for param in root.params for opt in param.opts}


def test_help_loads_nothing_that_loads_slowly():
    code = "import sys; from kaccess.cli.main import run; run(['--help']); print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in (
        "boto3",
        "kubernetes",
        "yaml",
        "ruamel.yaml",
        "keyring",
        "tabulate",
        "moto",
        "uvicorn",
        "cryptography",
    ):
        assert f"'{name}'" not in out
