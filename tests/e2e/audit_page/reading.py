"""What a test reads off the page, and does with it."""

from pathlib import Path

from selenium.webdriver.common.by import By

CONTRASTS = (Path(__file__).parent / "contrasts.js").read_text("utf-8")


def texts(page, selector):
    return [each.text for each in page.find_elements(By.CSS_SELECTOR, selector)]


def rows(page):
    return texts(page, "#grid tbody th .name")


def columns(page):
    return [
        each.get_attribute("title") for each in page.find_elements(By.CSS_SELECTOR, "#grid thead [scope=col][title]")
    ]


def cell(page, name, column):
    """The cell of a principal in a column, by the words that a screen reader says."""
    return page.find_element(By.CSS_SELECTOR, f'#grid td[aria-label$=": {name} in {column}"]')


def typed(page, field, text):
    box = page.find_element(By.ID, f"filter-{field}")
    box.clear()
    box.send_keys(text)


def at(page):
    focused = page.switch_to.active_element
    return int(focused.get_attribute("data-row")), int(focused.get_attribute("data-column"))


def role_of(node):
    return node.get("role", {}).get("value", "")
