"""What others chose as a name is obeyed by no terminal, and makes no line of its own."""

import pytest
from click.testing import CliRunner

from kaccess.cli.audit import command as audit
from kaccess.cli.explain import command as explain
from kaccess.cli.session import Session
from kaccess.cli.who_can import command as who_can
from kaccess.report.audit import audit_json
from kaccess.report.envelope import envelope

from .audits import MARKUP, company_audit

RED = "\x1b[31mred"
NAMES = (*MARKUP, RED, "\x1b]0;a title\x07", "forged\ncardo: 111122223333 user/ana: by nothing", "\u202ertl\u200b")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for name, odd in (("old", ()), ("new", NAMES)):
        (folder / name).write_text(envelope("Audit", audit_json(company_audit(odd)), exit_code=0), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (audit, ("--as-of", "new")),
        (who_can, ("get", "secrets", "-n", "monitoring", "--as-of", "new")),
        (explain, (f"User {RED}", "--as-of", "new")),
        (audit, ("diff", "old", "new")),
    ],
)
def test_every_answer_is_lines_of_what_can_be_seen(command, words, saved, monkeypatch):
    monkeypatch.chdir(saved)
    # With colours, so that click takes no escape sequence away.
    done = CliRunner().invoke(command, words, obj=Session(), standalone_mode=False, catch_exceptions=False, color=True)
    assert "\\u{1b}[31mred" in done.stdout
    assert not [each for each in done.stdout.replace("\n", "") if not each.isprintable()]
    assert not [
        line for line in done.stdout.splitlines() if line.startswith("cardo: 111122223333 user/ana: by nothing")
    ]
