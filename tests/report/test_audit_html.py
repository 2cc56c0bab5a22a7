"""The page as text: what tests/e2e/test_audit_page.py sees in a browser must hold in the bytes already."""

import base64
import hashlib
import json
import re

import pytest

from kaccess.report.audit_html import audit_html

from .audits import MARKUP, arn, company_audit


@pytest.fixture(scope="module")
def page():
    return audit_html(company_audit(MARKUP))


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_nothing_may_be_loaded_and_only_its_own_script_and_style_run(page):
    (rule,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert rule.startswith("default-src 'none'; ")
    assert f"script-src '{digest(script)}'" in rule
    assert f"style-src '{digest(style)}'" in rule
    assert "unsafe" not in rule


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_names_close_no_element(page):
    assert page.count("</script>") == 2
    assert page.count("<!--") == 0
    assert "owned" in page


def test_the_script_makes_no_markup_of_text(page):
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)


def test_what_many_share_is_there_once():
    data = data_of(audit_html(company_audit()))
    assert len(data["steps"]) == len({tuple(step) for step in data["steps"]})
    assert len(data["sets"]) == len({tuple(each) for each in data["sets"]})
    assert len(data["rules"]) == len({tuple(each) for each in data["rules"]})


def test_what_is_invisible_in_a_name_is_shown(page):
    names = [each[1] for each in data_of(page)["access"]]
    assert "User @cmd \\u{202e}gnp.exe\\u{2066} \u05d0\u05d1\u05d2" in names
    assert "User tab\\u{9}new\\u{a}line" in names


def test_a_chain_is_there_from_iam_to_the_rules():
    data = data_of(audit_html(company_audit()))
    _, _, arrivals, _ = next(each for each in data["access"] if each[1] == arn("ana"))
    steps, reaches = arrivals[0][0], data["sets"][arrivals[0][1]]
    kinds = [data["stepKinds"][data["steps"][step][0]] for step in steps]
    assert kinds == ["IAM group", "access entry", "Kubernetes group"]
    chain, namespace, role, rules, _, origin, foreign = data["reaches"][reaches[0]]
    assert [data["stepKinds"][data["steps"][step][0]] for step in chain] == ["binding", "role"]
    assert (namespace, role, foreign) == ("payments-development", "developer", 0)
    assert origin.startswith("policies/kaccess.yaml:24")
    assert data["rules"][rules][0] == "get, list, watch on pods, pods/log, services"
