"""`kaccess fmt`: lays the files out, or only says that it would."""

import json

import pytest

from kaccess.cli.main import run
from tests.policy.samples import SMALL

ODD = SMALL.replace("roles:\n", "roles:   # what there is\n").replace("[get, list]", "[get,list]")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(ODD)
    return path


def test_check_shows_the_difference_and_exits_with_3(path, capsys):
    assert run(["--policy", str(path), "fmt", "--check"]) == 3
    said = capsys.readouterr()
    assert said.out == f"would change {path}\n"
    assert "+roles:  # what there is" in said.err
    assert path.read_text() == ODD


def test_the_file_is_laid_out_once(path, capsys):
    assert run(["--policy", str(path), "fmt"]) == 0
    assert path.read_text() == SMALL.replace("roles:\n", "roles:  # what there is\n")
    assert capsys.readouterr().out == f"changed {path}\n"
    for command in (["fmt", "--check"], ["fmt"]):
        assert run(["--policy", str(path), *command]) == 0
        assert capsys.readouterr() == ("nothing to change\n", "")


def test_json_names_the_files(path, capsys):
    assert run(["--policy", str(path), "fmt", "--check", "-o", "json"]) == 3
    assert json.loads(capsys.readouterr().out)["data"] == {"files": [str(path)]}


def test_a_policy_with_problems_is_left_as_it_is(path, capsys):
    path.write_text(ODD + "extra: 1\n")
    assert run(["--policy", str(path), "fmt"]) == 1
    assert "unknown key 'extra'" in capsys.readouterr().err
    assert path.read_text() == ODD + "extra: 1\n"
