"""Access as CSV: what is in it, and that no spreadsheet calculates with it."""

import csv
import io

from kaccess.report.audit_csv import HEADERS, audit_csv

from .audits import MARKUP, arn, company_audit


def lines(audit):
    return list(csv.DictReader(io.StringIO(audit_csv(audit), newline="")))


def test_a_line_for_each_chain_to_each_role():
    of_ben = [each for each in lines(company_audit()) if each["principal"] == arn("ben") and each["cluster"] == "cardo"]
    found = {(each["namespaces"], each["level"], each["role"]) for each in of_ben}
    assert found == {
        ("payments-development", "edit", "developer"),
        ("payments-production", "view", "viewer"),
        ("payments-production", "admin", "ClusterRole cluster-admin"),
        ("data-staging", "exec", "debugger"),
        ("*", "view", "ClusterRole view"),
    }
    assert len(found) == len(of_ben)


def test_a_line_says_by_which_chain_and_which_line_of_the_policy():
    (line,) = (
        each
        for each in lines(company_audit())
        if each["principal"] == arn("ana") and each["role"] == "developer" and each["cluster"] == "decumano"
    )
    assert line["comes in by"].startswith("IAM group payments-developers > access entry")
    assert line["granted at"].startswith("policies/kaccess.yaml:24")


def test_what_cannot_be_seen_is_a_line_with_its_reason():
    reasons = {(each["principal"], each["unknown"]) for each in lines(company_audit()) if each["level"] == "unknown"}
    assert ("everybody of account 444455556666", "aws-auth lets the account in as a whole") in reasons


def test_no_cell_begins_as_a_formula_does():
    odd = [f"{start}cmd|' /C calc'!A0" for start in ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")]
    audit = company_audit((*odd, *MARKUP))
    # A principal's name has its kind before it; the alias of a cluster is what a line can begin with.
    cells = [cell for line in lines(audit) for cell in line.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))]
    assert len(lines(audit)) == len(audit_csv(audit).splitlines()) - 1
    assert all(set(line) == set(HEADERS) for line in lines(audit))


def test_a_cell_that_begins_as_a_formula_gets_an_apostrophe():
    from kaccess.report.audit_csv import _cell  # noqa: PLC0415 - nothing in today's columns begins so

    assert [_cell(text) for text in ("=1", "+1", "-1", "@x", "\t=1", "a=1", "")] == [
        *("'=1", "'+1", "'-1", "'@x", "'\\u{9}=1", "a=1", ""),
    ]
