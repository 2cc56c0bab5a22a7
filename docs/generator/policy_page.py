"""The reference of the policy, from its JSON Schema, the hazards of roles and the catalogue of findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator.sample_yaml import sample_yaml
from generator.tables import table
from kaccess.model.finding_kinds import FINDING_KINDS
from kaccess.policy.schema import schema_text
from kaccess.rbac.catalogue import HAZARDS

SCHEMA: Final[Mapping[str, Any]] = json.loads(schema_text())
HEAD: Final = ("field", "takes", "default", "means")
_INTRO: Final = """\
# The policy

{description}
A name that is defined twice is an error, which shows both places. `kaccess validate` reads a policy without any network
and reports all that is wrong at once.

This page is made from the JSON Schema of the format, which gives editors completion and hover texts:

```console
$ kaccess schema > kaccess.schema.json
```

With the [YAML language server](https://github.com/redhat-developer/yaml-language-server), which most editors use, the
first line of a file names it:

```yaml
# yaml-language-server: $schema=kaccess.schema.json
apiVersion: kaccess/v1
kind: AccessPolicy
```

Every file begins with these:

"""
_RISKS: Final = """\
## Risks

What a role may hold that reaches further than it looks. `kaccess validate` refuses or warns of each, unless the role
names its id under `allow`. An audit reports the same of all roles of a cluster.

"""
_FINDINGS: Final = """\
## Findings

What `kaccess audit` reports beside those risks; `audit.suppress` takes these ids, and those of risks.

"""


def policy_page() -> str:
    """The page, as Markdown."""
    properties = SCHEMA["properties"]
    sections = {name: part for name, part in properties.items() if "const" not in part}
    head = {name: part for name, part in properties.items() if name not in sections}
    parts = [
        _INTRO.format(description=SCHEMA["description"]),
        table(HEAD, _rows({**SCHEMA, "properties": head})),
        "The sections may come in any order, and each may be left out.\n\n",
        table(("section", "holds"), ((f"[`{name}`](#{name})", part["description"]) for name, part in sections.items())),
        *(_section(name, part) for name, part in sections.items()),
        _RISKS,
        table(
            ("id", "validate", "a role with it", "since"),
            ((f"`{each.id}`", f"{each.severity}s", each.title, each.why) for each in HAZARDS),
        ),
        _FINDINGS,
        table(
            ("id", "severity", "is", "since"),
            ((f"`{each.id}`", str(each.severity), each.title, each.why) for each in FINDING_KINDS),
        ),
    ]
    return "".join(parts).rstrip("\n") + "\n"


def _section(name: str, part: Mapping[str, Any]) -> str:
    texts = [f"## {name}\n\n{part['description']}\n{_holds(part)}\n", *_tables(part)]
    texts += [f"```yaml\n{sample_yaml({name: example})}```\n\n" for example in part["examples"]]
    return "".join(texts)


def _holds(part: Mapping[str, Any]) -> str:
    """What each of a section is, and what names they may have, on a line; empty for a mapping of fixed keys."""
    if "items" not in part and "propertyNames" not in part:
        return ""
    item = _resolved(part.get("additionalProperties") or part["items"])
    kind = f"Each is a {item['title']}: " if "title" in item else ""
    return f"{kind}{item['description']}{_names(part)}\n"


def _names(part: Mapping[str, Any]) -> str:
    if "propertyNames" not in part:
        return ""
    refused = part["propertyNames"].get("not", {})
    words = refused.get("enum") or [word for word in (refused.get("const"),) if word]
    none = f", but not {', '.join(f'`{word}`' for word in words)}" if words else ""
    return f" Its name: {_takes(part['propertyNames'])}{none}."


def _tables(part: Mapping[str, Any]) -> Iterator[str]:
    """The fields of what a section holds, and then of what those hold."""
    if "propertyNames" in part or "items" in part:
        part = _resolved(part.get("additionalProperties") or part["items"])
    if "properties" not in part:
        return
    yield table(HEAD, _rows(part))
    for name, field in part["properties"].items():
        item = _resolved(_resolved(field).get("items", {}))
        if "properties" in item:
            yield f"Each of `{name}`: {item['description']}\n\n"
            yield table(HEAD, _rows(item))


def _rows(part: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    for name, field in part["properties"].items():
        required = not prefix and name in part.get("required", ())
        default = f"`{_word(field['default'])}`" if "default" in field else "required" if required else ""
        yield f"`{prefix}{name}`", _takes(field), default, field["description"]
        for choice in field.get("anyOf", ()):
            if "properties" in _resolved(choice):
                yield from _rows(_resolved(choice), f"{name}.")


def _word(value: str | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _takes(field: Mapping[str, Any]) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field.get("type") == "boolean":
        return "`true`, `false`"
    if "title" in field:
        return str(field["title"])
    if "$ref" in field:
        return _takes(_resolved(field))
    return "list" if "items" in field else "mapping"


def _resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = SCHEMA["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    return found
