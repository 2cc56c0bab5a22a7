"""The page for everybody: by keyboard, by ear, in light and dark, on small windows and on paper."""

import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.report.audits import MARKUP, company_audit

from .chromium import preferring, sized
from .reading import CONTRASTS, at, columns, role_of, texts, typed

WHITE = "rgba(255, 255, 255, 1)"


def test_the_matrix_is_walked_by_keyboard_alone(company):
    box = company.find_element(By.ID, "filter-empty")
    company.execute_script("arguments[0].focus()", box)
    for _ in range(12):
        company.switch_to.active_element.send_keys(Keys.TAB)
        if company.switch_to.active_element.get_attribute("data-row") is not None:
            break
    assert at(company) == (0, 0)
    for key in (Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT):
        company.switch_to.active_element.send_keys(key)
    assert at(company) == (1, 1)
    company.switch_to.active_element.send_keys(Keys.END)
    assert at(company) == (1, len(columns(company)))
    company.switch_to.active_element.send_keys(Keys.CONTROL, Keys.HOME)
    assert at(company) == (0, 0)
    assert company.find_elements(By.CSS_SELECTOR, '#grid [tabindex="0"]') == [company.switch_to.active_element]
    company.switch_to.active_element.send_keys(Keys.ENTER)
    panel = company.find_element(By.ID, "panel")
    assert panel.is_displayed()
    assert company.switch_to.active_element.get_attribute("aria-label") == "Close"
    company.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not panel.is_displayed()
    assert at(company) == (0, 0)


def test_what_has_the_focus_is_seen_to_have_it(company):
    company.switch_to.active_element.send_keys(Keys.TAB)
    assert company.switch_to.active_element.text == "Skip to the access matrix"
    first = company.find_element(By.CSS_SELECTOR, '[data-row="0"][data-column="0"]')
    company.execute_script("arguments[0].focus()", first)
    assert first.value_of_css_property("box-shadow") != "none"


def test_a_screen_reader_is_told_what_everything_is(company):
    nodes = company.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    said = [(role_of(node), node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")]
    roles = [role for role, _ in said]
    assert {"grid", "row", "columnheader", "rowheader", "gridcell", "banner", "main", "navigation"} <= set(roles)
    spoken = {"button", "link", "gridcell", "columnheader", "rowheader", "searchbox", "combobox", "checkbox", "radio"}
    assert [role for role, name in said if role in spoken and not name.strip()] == []
    grid = company.find_element(By.ID, "grid")
    assert grid.get_attribute("aria-rowcount") == "11"
    assert grid.get_attribute("aria-colcount") == str(len(columns(company)) + 1)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_has_room_in_every_window(company, width):
    sized(company, width, 800)
    assert company.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_colour_schemes(page, opened, scheme):
    preferring(page, scheme)
    opened(company_audit(MARKUP))
    page.execute_script("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    assert page.execute_script(CONTRASTS) == []
    page.find_element(By.CSS_SELECTOR, '[data-row="0"][data-column="1"]').click()
    time.sleep(0.3)
    assert page.execute_script(CONTRASTS) == []


def test_colours_follow_the_system_until_a_person_chooses(page, company):
    def ground():
        return page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")

    button = page.find_element(By.ID, "theme")
    light = ground()
    preferring(page, "dark")
    WebDriverWait(page, 5).until(lambda _: button.get_attribute("aria-label") == "Switch to light colours")
    dark = ground()
    assert dark != light
    button.click()
    assert ground() == light
    assert button.get_attribute("aria-label") == "Switch to dark colours"
    preferring(page, "light")
    button.click()
    assert ground() == dark


def test_paper_has_a_line_for_each_principal_and_all_findings_open(page, company):
    typed(page, "search", "data-engineers")
    preferring(page, "dark", media="print")
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    lines = texts(page, ".register tbody tr")
    assert len(lines) == 3
    assert any("admin cardo: payments-production" in " ".join(line.split()) for line in lines)
    assert not page.find_element(By.ID, "frame").is_displayed()
    assert page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color") == WHITE
    assert page.find_elements(By.CSS_SELECTOR, "main details:not([open])") == []
    assert page.execute_script(CONTRASTS) == []
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert page.find_elements(By.CSS_SELECTOR, ".register") == []
    assert page.find_elements(By.CSS_SELECTOR, "main details:not([open])") != []


def test_paper_has_all_places_of_a_finding(page, opened):
    opened(company_audit(tuple(f"user-{number}" for number in range(60))))
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    card = page.find_element(By.XPATH, "//details[.//code[text()='nobody-bound']]")
    assert len(card.find_elements(By.CSS_SELECTOR, ".places > li")) == 60
