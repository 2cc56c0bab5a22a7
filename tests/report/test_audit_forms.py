"""`kaccess audit -o FORM`: each form on stdout and in a file, from a saved audit."""

import pytest
from click.testing import CliRunner

from kaccess.cli.audit import command
from kaccess.cli.session import Session
from kaccess.report.audit import audit_json
from kaccess.report.audit_forms import FORMS
from kaccess.report.envelope import envelope

from .audits import company_audit


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "audit.json"
    path.write_text(envelope("Audit", audit_json(company_audit()), exit_code=0), "utf-8")
    return str(path)


def run(*args):
    return CliRunner().invoke(command, args, obj=Session(), standalone_mode=False, catch_exceptions=False)


@pytest.mark.parametrize("form", FORMS)
def test_stdout_and_a_file_get_the_same(form, saved, tmp_path):
    out = tmp_path / "report"
    shown = run("--as-of", saved, "-o", form)
    kept = run("--as-of", saved, "-o", form, "--out", str(out))
    assert out.read_text("utf-8") == shown.stdout == f"{FORMS[form](company_audit())}\n"
    assert kept.stdout == ""
    assert shown.return_value == kept.return_value == 1
    assert "forum: the API server does not answer" in kept.stderr


def test_a_file_that_cannot_be_written_is_said(saved, tmp_path):
    with pytest.raises(Exception, match="cannot be written"):
        run("--as-of", saved, "--out", str(tmp_path / "not-there" / "report"))
