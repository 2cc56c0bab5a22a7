"""A real Chromium for tests: Debian's packages chromium and chromium-driver, driven by selenium."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.programs import require_programs

PROGRAMS = ("chromium", "chromedriver")
SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""Without a sandbox of its own, which a container's root cannot have; the pages are the tests' own."""


@contextmanager
def browser(home: Path, width=1280, height=900):
    """A browser whose home is `home`; it keeps what pages log and ask the network for."""
    chromium, driver = require_programs(*PROGRAMS)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in (*SWITCHES, f"--user-data-dir={home / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options, Service(driver, env={**os.environ, "HOME": str(home)}))
    try:
        sized(opened, width, height)
        opened.set_script_timeout(30)
        yield opened
    finally:
        opened.quit()


def sized(page, width, height):
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def preferring(page, scheme, media=""):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def settled(page):
    """Wait until the page has drawn what the last thing that happened makes it draw."""
    page.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def complaints(page):
    """What the console says since it was last asked."""
    return [entry["message"] for entry in page.get_log("browser")]


def requested(page):
    """The addresses that the page asked for since this was last asked."""
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
