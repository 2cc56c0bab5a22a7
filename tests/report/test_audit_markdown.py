"""An audit as Markdown, read back by a Markdown parser."""

import re

import pytest
from markdown_it import MarkdownIt

from kaccess.model.shown import shown
from kaccess.report.audit_markdown import audit_markdown, cell, plain

from .audits import MARKUP, company_audit


def html_of(text):
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


@pytest.fixture(scope="module")
def text():
    return audit_markdown(company_audit())


def test_the_summary_counts_principals_by_their_highest_level(text):
    assert "| `cardo` | 9 | 5 | 0 | 0 | 1 | 2 | 1 |" in text


def test_the_matrix_has_the_highest_level_of_each_namespace(text):
    assert "| `111122223333 user/carla` | `payments-production` |  | `data-staging` |  |  | `(whole cluster)` |" in text


def test_findings_come_with_why_and_fix_and_the_place_in_the_policy(text):
    part = text.partition("(`grant-unending`)")[2]
    assert "- Why: " in part
    assert "- Fix: " in part
    assert "(`policies/kaccess.yaml:26:5`)" in part


def test_what_is_accepted_not_seen_and_not_read_is_told(text):
    assert "(`cluster-admin-access-policy`): `the emergency role, sealed`, until 2027-01-01" in text
    assert "- `everybody of account 444455556666`: `aws-auth lets the account in as a whole`" in text
    assert "- not read: `forum: the API server does not answer`" in text


def test_names_are_text_whatever_they_say():
    plain_tags = set(re.findall(r"<(/?\w+)", html_of(audit_markdown(company_audit()))))
    html = html_of(audit_markdown(company_audit((*MARKUP, "a\\|b", "``` ", "`"))))
    assert set(re.findall(r"<(/?\w+)", html)) == plain_tags
    for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL):
        assert row.count("<td") in {0, 7, 10}


@pytest.mark.parametrize("name", [*MARKUP, "a|b", "a\\|b", "`", "``x", " x ", "|"])
def test_a_name_in_a_cell_is_read_as_it_is(name):
    html = html_of(f"| a |\n|---|\n| {cell(name)} |\n")
    inner = re.search(r"<td><code>(.*?)</code></td>", html, re.DOTALL)[1]
    expected = shown(name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    assert inner == expected


def test_the_words_of_the_catalogue_keep_their_code():
    assert plain("`kaccess plan` and * or <x>") == "`kaccess plan` and \\* or \\<x\\>"
