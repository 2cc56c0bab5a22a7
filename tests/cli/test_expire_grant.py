"""`kaccess grant` of what ends: it records when it was given, and says what will not end with it."""

from datetime import datetime, timezone

import pytest

from kaccess.cli import grant
from kaccess.cli.main import run
from tests.policy.samples import SMALL

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
DEPLOYER = (
    "  deployer: {allow: [create-workloads], rules: [{apiGroups: [apps], resources: [deployments], verbs: [create]}]}\n"
)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(grant, "utc_now", lambda: NOW)
    path = tmp_path / "p.yaml"
    path.write_text(SMALL.replace("roles:\n", f"roles:\n{DEPLOYER}"))
    return path


def granted(path, *arguments):
    return run(["--policy", str(path), "grant", "ops", "-n", "staging", *arguments, "--no-apply"])


def test_a_grant_that_ends_says_when_it_was_given(path):
    assert granted(path, "--role", "viewer", "--for", "8h", "--reason", "INC-1") == 0
    line = "until: 2026-11-24T20:00:00Z, reason: INC-1, at: 2026-11-24T12:00:00Z}"
    assert f"- {{group: ops, role: viewer, namespaces: [staging], {line}\n" in path.read_text()


def test_a_grant_without_an_end_or_a_reason_records_nothing(path):
    assert granted(path, "--role", "viewer") == 0
    assert "- {group: ops, role: viewer, namespaces: [staging]}\n" in path.read_text()


def test_what_outlives_the_grant_is_said(path, capsys):
    assert granted(path, "--role", "deployer", "--for", "8h") == 0
    said = capsys.readouterr().err
    assert "this grant ends at 2026-11-24T20:00:00Z, and workloads that were started under it" in said
    assert granted(path, "--role", "deployer") == 0
    assert "outlives-grant" not in capsys.readouterr().err


def test_a_role_that_mints_tokens_is_not_given_for_a_time(path, capsys):
    rule = "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}"
    before = path.read_text().replace("roles:\n", f"roles:\n  minter: {{allow: [token-minting], rules: [{rule}]}}\n")
    path.write_text(before)
    assert granted(path, "--role", "minter", "--for", "8h") == 4
    assert "tokens of service accounts do not" in capsys.readouterr().err
    assert path.read_text() == before
