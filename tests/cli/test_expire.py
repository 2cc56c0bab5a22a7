"""`kaccess expire`: what has ended goes from the file, after a look and a yes."""

import json
from datetime import datetime, timezone

import pytest

from kaccess.cli import expire
from kaccess.cli.changes import Looked, applied_data
from kaccess.cli.main import run
from tests.policy.samples import SMALL

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
ENDED = "  - {group: ops, role: viewer, namespaces: [staging], until: 2026-11-24T12:00:00Z, reason: INC-1, by: ana}\n"
LASTING = "  - {group: ops, role: viewer, namespaces: [production], until: 2026-11-24T12:00:01Z}  # a second\n"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(expire, "utc_now", lambda: NOW)
    path = tmp_path / "p.yaml"
    path.write_text(SMALL + ENDED + LASTING)
    return path


def test_check_names_the_grant_and_the_time_and_exits_with_3(path, capsys):
    assert run(["--policy", str(path), "expire", "--check", "-o", "json"]) == 3
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["judged_at"] == "2026-11-24T12:00:00Z"
    assert data["files"] == [str(path)]
    assert data["ended"] == [
        {
            "place": f"{path}:18:5",
            "group": "ops",
            "role": "viewer",
            "namespaces": "staging",
            "until": "2026-11-24T12:00:00Z",
            "reason": "INC-1",
            "by": "ana",
            "at": "",
        }
    ]
    assert path.read_text() == SMALL + ENDED + LASTING


def test_the_ended_grant_goes_and_nothing_else(path, capsys):
    assert run(["--policy", str(path), "expire", "--yes"]) == 0
    assert path.read_text() == SMALL + LASTING
    said = capsys.readouterr()
    assert said.out == f"removed {path}:18:5: viewer to ops in staging, ended at 2026-11-24T12:00:00Z\n"
    assert f"-{ENDED.rstrip()}" in said.err
    assert run(["--policy", str(path), "expire", "--check"]) == 0
    assert capsys.readouterr().out == "no grant has ended by 2026-11-24T12:00:00Z\n"


def test_without_a_terminal_it_wants_a_yes(path, capsys):
    assert run(["--policy", str(path), "expire"]) == 2
    assert "pass --yes" in capsys.readouterr().err
    assert path.read_text() == SMALL + ENDED + LASTING


def test_a_no_changes_nothing(path, capsys, monkeypatch):
    monkeypatch.setattr("kaccess.cli.session.Session.confirm", lambda *_: False)
    assert run(["--policy", str(path), "expire"]) == 1
    assert "not confirmed; nothing was changed" in capsys.readouterr().err
    assert path.read_text() == SMALL + ENDED + LASTING


def test_plans_name_the_time_that_grants_were_judged_by():
    assert Looked((), (), NOW).to_json()["judged_at"] == "2026-11-24T12:00:00Z"
    assert applied_data(Looked((), (), NOW), ())["judged_at"] == "2026-11-24T12:00:00Z"
