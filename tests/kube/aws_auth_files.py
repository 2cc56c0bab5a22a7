"""aws-auth files of many layouts, made from a source of randomness, with what is foreign in them told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kaccess.model.ways_in import default_username

ACCOUNT = "111122223333"
USER_NAMES = ("ana", "ben", "team/carla", "Dario", "x+=,.@-y", "eva_1", "ci/cd/bot")
ROLE_NAMES = ("oncall", "Deploy", "argocd", "a+=,.@-b", "AWSReservedSSO_Ops_0123456789abcdef")
USERS = tuple(f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in USER_NAMES)
ROLES = tuple(f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ROLE_NAMES)
NODE = f"arn:aws:iam::{ACCOUNT}:role/nodes"
OURS = ("kaccess:payments", "kaccess:data-engineers", "kaccess:a+=,.@-b")
FOREIGN = ("system:masters", "view-only", "edit:prod", "dev/ops", "eks-console", "{{SessionName}}")
ARN_FIELD = {"mapRoles": "rolearn", "mapUsers": "userarn"}


@dataclass
class File:
    """The data of a ConfigMap; `foreign` are the pieces of each section's text that nobody may touch, in order."""

    data: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, list[str]] = field(default_factory=dict)


def make_file(random: Random) -> File:
    file = File()
    for section in ("mapRoles", "mapUsers"):
        text, pieces = _section(random, section)
        if text is not None:
            file.data[section] = text
        file.foreign[section] = pieces
    if random.random() < 0.5:
        file.data["mapAccounts"] = random.choice(['- "012345678901"\n', "[]", "- 111122223333 # ours\n", ""])
    if random.random() < 0.2:
        file.data["mapusers"] = "- userarn: nobody reads this\n"
    return file


def _section(random: Random, section: str) -> tuple[str | None, list[str]]:
    if random.random() < 0.12:
        return random.choice([(None, []), ("", []), ("[]", []), ("[]\n", []), ("# nobody yet\n", ["# nobody yet"])])
    rows = [_row(random, section) for _ in range(random.randint(1, 5))]
    if section == "mapRoles" and random.random() < 0.8:
        rows.insert(random.randint(0, len(rows)), _node_row(random))
    layout = random.choice([_block, _block, _block, _json, _pretty, _flow])
    text, pieces = layout(random, section, rows)
    if random.random() < 0.2:
        text = text.rstrip("\n")
    if random.random() < 0.15 and layout is not _json:
        text, pieces = text.replace("\n", "\r\n"), [piece.replace("\n", "\r\n") for piece in pieces]
    return text, pieces


def _node_row(random: Random) -> dict[str, Any]:
    groups = random.choice([["system:bootstrappers", "system:nodes"], ["system:node-proxier", "system:nodes"]])
    return {"rolearn": NODE, "username": "system:node:{{EC2PrivateDNSName}}", "groups": groups}


def _row(random: Random, section: str) -> dict[str, Any]:
    arn = random.choice(ROLES if (section == "mapRoles") == (random.random() < 0.95) else USERS)
    if random.random() < 0.45:
        groups = random.sample(OURS, random.randint(1, 2))
        return {ARN_FIELD[section]: arn, "username": default_username(arn), "groups": groups}
    # In mapUsers the server would take any of several spellings.
    other_case = section == "mapRoles" and random.random() < 0.1
    row: dict[str, Any] = {ARN_FIELD[section]: arn.lower() if other_case else arn}
    if random.random() < 0.9:
        row["username"] = random.choice(["admin", "{{SessionName}}", "ops:x", arn, "o'neil", "a # b"])
    if random.random() < 0.85:
        row["groups"] = random.sample(FOREIGN, random.randint(0, 3))
        if random.random() < 0.4:
            row["groups"].insert(random.randint(0, len(row["groups"])), random.choice(OURS))
    if not row.get("groups") and row.get("username") == arn:
        row["username"] = "admin"  # else it is as kaccess writes rows, and would be its own once joined
    more = {"userid": "AIDA1", "syncedBy": "sync v2", "tags": {"a": ["b", 1], "c": None}}
    row |= {name: value for name, value in more.items() if random.random() < 0.15}
    if random.random() < 0.1:
        row = {name.title() if name == "groups" else name: value for name, value in row.items()}
    pairs = list(row.items())
    if random.random() < 0.3:
        random.shuffle(pairs)
    return dict(pairs)


def touched(row: dict[str, Any]) -> bool:
    """Whether a part of the row is kaccess's."""
    return any(name.startswith("kaccess:") for name in row.get("groups") or row.get("Groups") or ())


def _json(random: Random, section: str, rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    separators = random.choice([(",", ":"), (", ", ": ")])
    texts = [json.dumps(row, separators=separators) for row in rows]
    return f"[{separators[0].join(texts)}]", _foreign(rows, texts)


def _pretty(random: Random, section: str, rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    texts = [json.dumps(row, indent=2).replace("\n", "\n  ") for row in rows]
    return "[\n  " + ",\n  ".join(texts) + "\n]\n", _foreign(rows, texts)


def _flow(random: Random, section: str, rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """A block list of rows in braces."""
    space = random.choice(["", " "])
    texts = [
        "- {" + ", ".join(f"{name}: {_flow_value(value, space)}" for name, value in row.items()) + "}\n" for row in rows
    ]
    return "".join(texts), _foreign(rows, texts)


def _flow_value(value: object, space: str) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "[" + ("," + space).join(map(json.dumps, value)) + "]"
    return json.dumps(value)


def _block(random: Random, section: str, rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    indent = " " * random.choice([0, 0, 2, 4])
    inner = " " * random.choice([0, 2, 2, 4])
    quoted = random.choice([_plain, _plain, json.dumps, _single])
    text, pieces, anchors = "", [], {}
    if random.random() < 0.3:
        text, pieces = "# managed by the platform team\n", ["# managed by the platform team\n"]
    for row in rows:
        comment = random.choice(["", "", "", f"{indent}# who: {random.randint(0, 99)}\n", "\n"])
        lines = _block_row(random, row, inner, quoted, anchors)
        new = f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"
        text += comment + new
        pieces += [comment, *([] if touched(row) else [new])]
    return text, [piece for piece in pieces if piece]


def _block_row(
    random: Random, row: dict[str, Any], inner: str, quoted: Callable[[str], str], anchors: dict[str, str]
) -> list[str]:
    lines: list[str] = []
    for name, value in row.items():
        if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
            lines.append(f"{name}: {quoted(value) if isinstance(value, str) else json.dumps(value)}")
        elif not value:
            lines.append(f"{name}:{random.choice(['', ' []', ' null'])}")
        elif (known := json.dumps(value)) in anchors and random.random() < 0.5:
            lines.append(f"{name}: *{anchors[known]}")
        elif known not in anchors and not touched(row) and random.random() < 0.2:
            anchors[known] = f"g{len(anchors)}"
            lines.append(f"{name}: &{anchors[known]} [{', '.join(map(json.dumps, value))}]")
        else:
            note = random.choice(["", "", "  # note"])
            lines += [
                f"{name}:{note}",
                *(f"{inner}- {quoted(item)}{random.choice(['', '', ' # why'])}" for item in value),
            ]
    return lines


def _foreign(rows: list[dict[str, Any]], texts: list[str]) -> list[str]:
    return [text for row, text in zip(rows, texts, strict=True) if not touched(row)]


def _plain(text: str) -> str:
    return json.dumps(text) if text[0] in "{*&@" or " #" in text or "'" in text else text


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
