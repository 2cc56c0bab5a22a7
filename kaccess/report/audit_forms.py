"""The forms of an audit's report beside text and JSON, by the names that `-o` has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from kaccess.audit.result import Audit
from kaccess.report.audit_csv import audit_csv
from kaccess.report.audit_html import audit_html
from kaccess.report.audit_markdown import audit_markdown
from kaccess.report.audit_sarif import audit_sarif

FORMS: Final[Mapping[str, Callable[[Audit], str]]] = MappingProxyType(
    {"csv": audit_csv, "markdown": audit_markdown, "html": audit_html, "sarif": audit_sarif}
)
