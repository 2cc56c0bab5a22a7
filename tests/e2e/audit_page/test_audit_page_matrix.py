"""The matrix in a real browser: who is in it, how it is filtered, and the chains behind its cells."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .reading import cell, chosen, columns, rows, texts, typed


def test_the_matrix_shows_everybody_and_every_namespace_that_somebody_reaches(company):
    assert set(rows(company)) == {
        *("ana", "ben", "carla", "dimitri", "eva", "zoe", "emergency", "monitoring/scraper", "system:authenticated"),
    }
    assert "cardo: monitoring" in columns(company)
    assert "decumano: payments-production" in columns(company)
    assert "cardo: idle" not in columns(company)
    assert cell(company, "carla", "cardo, payments-production").text == "admin"
    assert cell(company, "ana", "decumano, payments-development").text == "edit"
    assert cell(company, "ana", "decumano, data-staging").text == ""


def test_a_cell_says_when_its_level_comes_from_the_whole_cluster(company):
    label = cell(company, "zoe", "cardo, data-staging").get_attribute("aria-label")
    assert label == "admin, from the whole cluster: zoe in cardo, data-staging"


def test_clusters_that_were_not_read_and_access_that_is_not_seen_are_told(company):
    assert texts(company, "#unread [role=alert]") == [
        "Cluster forum could not be read, and is not in this report: the API server does not answer"
    ]
    assert any("everybody of account 444455556666" in text for text in texts(company, "#unknown-list li"))


def test_search_looks_at_names_and_at_the_steps_of_chains(company):
    typed(company, "search", "dim")
    assert rows(company) == ["dimitri"]
    assert company.find_element(By.ID, "shown").text.startswith("1 of 9 principals")
    typed(company, "search", "data-engineers")
    assert set(rows(company)) == {"ben", "carla", "eva"}
    typed(company, "search", "hotfix ben")
    assert rows(company) == ["ben"]
    typed(company, "search", "nobody has this name")
    assert rows(company) == []
    assert company.find_element(By.ID, "nothing").text == "Nobody passes the filter."


def test_the_filter_of_namespaces_leaves_those_who_have_access_there(company):
    typed(company, "namespace", "data-")
    assert [name for name in columns(company) if "whole" not in name] == [
        "cardo: data-staging",
        "decumano: data-staging",
    ]
    typed(company, "search", "decumano")
    assert rows(company) == []


def test_the_legend_filters_by_the_highest_level(company):
    chosen(company, '.level[data-of="secrets"]')
    assert rows(company) == ["monitoring/scraper"]
    pressed = company.switch_to.active_element
    assert (pressed.get_attribute("data-of"), pressed.get_attribute("aria-pressed")) == ("secrets", "true")
    pressed.send_keys(Keys.SPACE)
    assert len(rows(company)) == 9


def test_one_cluster_of_several_can_be_chosen(company):
    chosen(company, "#controls select option[value='1']")
    assert rows(company) == ["ben", "ana"]
    assert texts(company, "#grid .cluster") == ["decumano"]


def test_groups_can_be_the_rows_and_tell_who_comes_into_them(company):
    chosen(company, "input[value=groups]")
    assert "kaccess:data-engineers" in rows(company)
    cell(company, "kaccess:data-engineers", "cardo, data-staging").click()
    assert set(texts(company, "#panel .members li")) == {"ben", "carla", "eva"}
    chosen(company, "#panel .members button")
    assert company.find_element(By.ID, "panel-title").text == "ben"


def test_a_click_opens_the_chain_from_iam_to_the_rules(company):
    cell(company, "ana", "cardo, payments-development").click()
    card = company.find_element(By.CSS_SELECTOR, "#panel .way")
    kinds = [each.text for each in card.find_elements(By.CSS_SELECTOR, ".chain .kind")]
    assert kinds == ["IAM group", "access entry", "Kubernetes group", "binding", "role"]
    steps = [each.text for each in card.find_elements(By.CSS_SELECTOR, ".chain .name")]
    assert steps[0] == "payments-developers"
    assert "policies/kaccess.yaml:24:5" in steps
    assert "Role payments-development/kaccess:developer" in steps
    rules = [each.text for each in card.find_elements(By.CSS_SELECTOR, ".rules li")]
    assert "create, update, patch, delete on deployments.apps, statefulsets.apps" in rules
    assert company.find_element(By.ID, "panel").get_attribute("open") is not None


def test_unknown_rules_are_called_unknown(company):
    cell(company, "emergency", "cardo, data-staging").click()
    assert "Its rules are known to AWS alone." in company.find_element(By.ID, "panel").text
    assert "AWS does not document what AmazonEKSNovelPolicy allows" in company.find_element(By.ID, "panel").text


def test_findings_come_worst_first_with_why_and_how_to_fix_them(company):
    severities = texts(company, "#finding-list summary .severity")
    assert severities == sorted(severities, key=["critical", "high", "medium", "low", "info"].index)
    card = company.find_element(By.CSS_SELECTOR, "#finding-list details:has(code)")
    assert card.get_attribute("open") is not None
    assert "Why it matters" in card.text
    assert "How to fix it" in card.text
    assert texts(company, "#accepted-list summary code") == ["cluster-admin-access-policy"]


def test_a_finding_whose_suppression_is_over_says_so(company):
    card = company.find_element(By.XPATH, "//details[.//code[text()='everybody-bound']]")
    card.find_element(By.TAG_NAME, "summary").click()
    assert "was accepted: until the <b>portal</b> has a role" in card.text
    assert "ended on 2026-11-01: it counts again" in card.text
