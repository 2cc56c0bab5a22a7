"""A browser for all of these tests, and pages in it."""

import pytest

from kaccess.report.audit_html import audit_html
from tests.report.audits import company_audit

from .chromium import browser, complaints, preferring, requested, settled, sized


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def opened(page, tmp_path):
    """Opens an audit's page, and looks afterwards that it complained of nothing and asked nobody for anything."""
    addresses = []

    def open_page(made):
        path = tmp_path / "audit.html"
        path.write_text(audit_html(made), "utf-8")
        addresses.append(path.as_uri())
        page.get(path.as_uri())
        settled(page)
        return page

    preferring(page, "light")
    sized(page, 1280, 900)
    complaints(page), requested(page)
    yield open_page
    assert complaints(page) == []
    assert [url for url in requested(page) if url not in addresses] == []


@pytest.fixture
def company(opened):
    return opened(company_audit())
