"""An audit as one page that needs nothing but itself: no network, no other file.

Everything of the audit is data in it, which its script shows as text and never as markup; the browser is told to run
and load nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from string import Template
from typing import Any, Final

from kaccess.audit.result import Audit
from kaccess.report.audit_html_data import PageData

_SCRIPTS: Final = ("elements", "model", "rows", "grid", "chain", "findings", "register", "controls", "page")
"""The parts of the script, in the order in which they rest on each other."""

_STYLES: Final = ("page", "grid", "panel", "print")


def audit_html(audit: Audit) -> str:
    """The page, as the text of an HTML file in UTF-8."""
    script = "".join(("(() => {\n'use strict';\n", *(_part(f"{name}.js") for name in _SCRIPTS), "})();\n"))
    style = "".join(_part(f"{name}.css") for name in _STYLES)
    return Template(_part("page.html")).substitute(
        script=script,
        script_hash=_hash(script),
        style=style,
        style_hash=_hash(style),
        data=_embedded(PageData(audit).to_json()),
    )


def _part(name: str) -> str:
    return (files("kaccess.report") / "html" / name).read_text("utf-8")


def _hash(text: str) -> str:
    """By what the page's Content-Security-Policy knows a script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _embedded(data: dict[str, Any]) -> str:
    """JSON that no name in it can close the element of: without `<`, and in ASCII."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
