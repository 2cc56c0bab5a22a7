"""Names: which ones objects, labels, annotations and the keys of data may have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from kaccess.sandbox.kube.causes import invalid_value
from kaccess.sandbox.kube.resources import NameRule
from kaccess.sandbox.kube.statuses import Cause

LONGEST_LABEL: Final = 63
LONGEST_SUBDOMAIN: Final = 253

_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_DATA_KEY: Final = re.compile(r"[-._a-zA-Z0-9]+")
_PATTERNS: Final = {
    NameRule.LABEL: (re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"), LONGEST_LABEL),
    NameRule.SUBDOMAIN: (_SUBDOMAIN, LONGEST_SUBDOMAIN),
    NameRule.SERVICE: (re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?"), LONGEST_LABEL),
}
_WHY: Final = {
    NameRule.LABEL: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{}')",
    NameRule.SUBDOMAIN: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'{}')",
    NameRule.SERVICE: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
    "validation is '{}')",
}

_LONG: Final = f"must be no more than {LONGEST_LABEL} bytes"
_LABEL_VALUE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_LABEL_KEY: Final = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_CONFIG_KEY: Final = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def name_problems(name: str, rule: NameRule, field: str = "metadata.name") -> Iterator[Cause]:
    """What keeps a name from being one of that rule."""
    if rule is NameRule.SEGMENT:
        yield from _segment_problems(name, field)
        return
    pattern, longest = _PATTERNS[rule]
    if len(name) > longest:
        yield invalid_value(field, name, f"must be no more than {longest} characters")
    if rule is NameRule.LABEL and "." in name:
        yield invalid_value(field, name, "must not contain dots")
    elif not pattern.fullmatch(name):
        yield invalid_value(field, name, _WHY[rule].format(pattern.pattern))


def _segment_problems(name: str, field: str) -> Iterator[Cause]:
    if name in {".", ".."}:
        yield invalid_value(field, name, f"may not be '{name}'")
    for character in "/%":
        if character in name:
            yield invalid_value(field, name, f"may not contain '{character}'")


def label_problems(labels: Mapping[str, str]) -> Iterator[Cause]:
    """What keeps a map from being labels."""
    yield from label_key_problems(labels, "metadata.labels")
    for value in labels.values():
        if value and (len(value) > LONGEST_LABEL or not _QUALIFIED.fullmatch(value)):
            yield invalid_value("metadata.labels", value, _LABEL_VALUE if len(value) <= LONGEST_LABEL else _LONG)


def label_key_problems(entries: Mapping[str, str], field: str) -> Iterator[Cause]:
    """What keeps the keys of a map from being those of labels or annotations."""
    for key in entries:
        prefix, slash, name = key.rpartition("/")
        if len(name) > LONGEST_LABEL or not _QUALIFIED.fullmatch(name) or (slash and not _SUBDOMAIN.fullmatch(prefix)):
            yield invalid_value(field, key, _LABEL_KEY if len(name) <= LONGEST_LABEL else f"name part {_LONG}")


def data_key_problems(data: Mapping[str, str]) -> Iterator[Cause]:
    """What keeps the keys of a map from being those of a ConfigMap or Secret."""
    for key in data:
        if not _DATA_KEY.fullmatch(key) or len(key) > LONGEST_SUBDOMAIN:
            yield invalid_value(f"data[{key}]", key, _CONFIG_KEY)
