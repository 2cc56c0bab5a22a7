"""What security.md and operations.md call by name is there: tests that prove a promise, metrics that alerts ask for."""

import ast
import re
from importlib import import_module

import pytest
import yaml

from kaccess.reconciler.metrics import Metrics
from tests.docs.pages import DOCS, ROOT

SECURITY = (DOCS / "security.md").read_text()
OPERATIONS = (DOCS / "operations.md").read_text()
NAMED = re.compile(r"`(test_\w+)`")
METRIC = re.compile(r"kaccess_reconciler_\w+")


def functions(folder):
    """Every test below a folder of tests, by name, with its module."""
    for path in sorted((ROOT / "tests" / folder).rglob("test_*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield node.name, module


def promises():
    """Each test of the table, and whether a star says that it runs on the sandbox alone."""
    table = SECURITY.split("## What it promises")[1].split("\n\nAnd elsewhere")[0]
    return sorted(re.findall(r"`(test_\w+)`(\*?)", table))


@pytest.mark.parametrize(("name", "star"), promises())
def test_a_promise_is_proven_where_the_page_says(name, star):
    (found,) = (module for other, module in functions("e2e") if other == name)
    module = import_module(found)
    own = getattr(getattr(module, name), "pytestmark", [])
    shared = getattr(module, "pytestmark", [])
    assert (star == "") == is_on_the_real_plane([*own, *(shared if isinstance(shared, list) else [shared])])


def is_on_the_real_plane(marks):
    params = (param for mark in marks if mark.name == "parametrize" for param in mark.args[1])
    of_params = (mark for param in params for mark in getattr(param, "marks", ()))
    return any(mark.name == "controlplane" for mark in (*marks, *of_params))


def test_every_test_that_is_named_is_there():
    there = {name for name, _ in functions(".")}
    named = set(NAMED.findall(SECURITY))
    assert named > {name for name, _ in promises()}
    assert named <= there


def test_every_metric_that_is_named_is_measured():
    metrics = Metrics()
    kinds = dict(re.findall(r"# TYPE (\S+) (\w+)", metrics.text().decode()))
    assert set(METRIC.findall(OPERATIONS)) <= kinds.keys()
    rules = next(
        document
        for text in re.findall(r"```yaml\n(.*?)```", OPERATIONS, re.DOTALL)
        if (document := yaml.safe_load(text))["kind"] == "PrometheusRule"
    )
    for group in rules["spec"]["groups"]:
        for rule in group["rules"]:
            (asked, *_) = METRIC.findall(rule["expr"])
            assert rule["annotations"]["summary"].endswith(".")
            assert ("increase(" in rule["expr"]) == (kinds[asked] == "counter"), rule["alert"]
