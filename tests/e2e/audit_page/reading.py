"""What a test reads off the page, and does with it."""

from pathlib import Path

from selenium.webdriver.common.by import By

from .chromium import settled

CONTRASTS = (Path(__file__).parent / "contrasts.js").read_text("utf-8")


# Lists are read in one go: the matrix may draw itself anew between two questions.
TEXTS = "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText.trim())"
TITLES = "return [...document.querySelectorAll(arguments[0])].map((each) => each.title)"


def texts(page, selector):
    return page.execute_script(TEXTS, selector)


def rows(page):
    return texts(page, "#grid tbody th .name")


def columns(page):
    return page.execute_script(TITLES, "#grid thead [scope=col][title]")


def cell(page, name, column):
    """The cell of a principal in a column, by the words that a screen reader says."""
    return page.find_element(By.CSS_SELECTOR, f'#grid td[aria-label$=": {name} in {column}"]')


def typed(page, field, text):
    box = page.find_element(By.ID, f"filter-{field}")
    box.clear()
    box.send_keys(text)
    settled(page)


def chosen(page, selector):
    page.find_element(By.CSS_SELECTOR, selector).click()
    settled(page)


def at(page):
    focused = page.switch_to.active_element
    return int(focused.get_attribute("data-row")), int(focused.get_attribute("data-column"))


def role_of(node):
    return node.get("role", {}).get("value", "")
