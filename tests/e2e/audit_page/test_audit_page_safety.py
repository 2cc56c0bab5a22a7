"""Names that carry markup are text, and the page asks nobody for anything."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from kaccess.model.shown import shown
from kaccess.report.audit_html import audit_html
from tests.report.audits import MARKUP, company_audit

from .chromium import complaints, requested
from .reading import typed


def test_names_that_carry_markup_are_text(opened):
    page = opened(company_audit(MARKUP))
    assert page.title == "Access audit: cardo, decumano"
    assert {shown(name) for name in MARKUP} <= set(
        page.execute_script(
            "return [...document.querySelectorAll('#grid tbody th .name')].map((each) => each.textContent)"
        )
    )
    assert page.find_elements(By.CSS_SELECTOR, "body img, body b b, iframe, object") == []
    for name in MARKUP:
        typed(page, "search", shown(name).split()[0])
        page.find_element(By.CSS_SELECTOR, '[data-row="0"][data-column="0"]').click()
        page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.title == "Access audit: cardo, decumano"
    assert page.execute_script("return document.scripts.length") == 2


def test_a_very_long_name_does_not_widen_the_page(opened):
    page = opened(company_audit(MARKUP))
    typed(page, "search", "x" * 50)
    page.find_element(By.CSS_SELECTOR, '[data-row="0"][data-column="0"]').click()
    for selector in ("html", "#panel"):
        wide, room = page.execute_script(
            "const at = document.querySelector(arguments[0]); return [at.scrollWidth, at.clientWidth]", selector
        )
        assert wide <= room


def test_the_browser_lets_the_page_ask_nobody(page, tmp_path):
    path = tmp_path / "audit.html"
    path.write_text(audit_html(company_audit()), "utf-8")
    page.get(path.as_uri())
    blocked = page.execute_async_script("""
        const done = arguments[0];
        document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
        fetch('http://127.0.0.1:9/').catch(() => {});
    """)
    assert blocked == "connect-src"
    page.execute_script("""
        const script = document.createElement('script');
        script.textContent = "document.title = 'owned'";
        document.body.append(script);
    """)
    assert page.title != "owned"
    complaints(page), requested(page)
