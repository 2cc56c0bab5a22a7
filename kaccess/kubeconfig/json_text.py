"""A kubeconfig that is JSON stays JSON: kubectl reads both, but what else reads the file may not."""

from __future__ import annotations

import json
from typing import Any

import yaml


def is_json(text: str) -> bool:
    """Whether a kubeconfig is JSON; all JSON is YAML too."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def json_text(root: yaml.Node, like: str) -> str:
    """The text of `root`, on one line or on several as that of `like`."""
    indent = 2 if "\n" in like.strip() else None
    return f"{json.dumps(_value(root), indent=indent, ensure_ascii=False)}\n"


def _value(node: yaml.Node) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return node.value  # in quotes
    try:
        return json.loads(node.value, parse_constant=str)
    except ValueError:
        return node.value  # text of ours, which needs no quotes in YAML
