"""The page that compares kaccess with other tools says of kaccess what is so."""

import json
import re
from pathlib import Path

import pytest

from kaccess.audit.catalogue import KINDS
from kaccess.report.audit import audit_json
from kaccess.workflows.audit import audit

from .comparison import rows, telling
from .planted import OTHERS, planted

PAGE = (Path(__file__).parents[2] / "docs" / "comparison.md").read_text()
MISSED = {
    *("services", "endpointslices", "network-policies", "gateways", "volume-claims", "storage-classes", "crds"),
    *("gatekeeper", "kyverno", "unbound"),
}
"""The permissions of others that no finding of ours is about."""


@pytest.fixture(scope="module")
def findings():
    return json.dumps(telling(audit_json(audit(planted().snapshot()))["findings"]))


def test_kaccess_finds_every_plant_but_those_that_the_page_lists(findings):
    missed = {name for names in rows().values() for name in names if not re.search(rf"{name}(?![\w-])", findings)}
    assert missed == {f"plant-others-{name}" for name in MISSED}
    assert OTHERS.keys() | {"unbound"} >= MISSED


@pytest.mark.parametrize("kind", KINDS)
def test_each_finding_of_the_catalogue_is_on_the_page(kind):
    assert f"`{kind}`" in PAGE
