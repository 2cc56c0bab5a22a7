"""The format of a policy file as a JSON Schema, for editors; kaccess itself checks more than a schema can say."""

from __future__ import annotations

from importlib.resources import files


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of the policy format, as JSON."""
    return files(__package__).joinpath("schema.json").read_text("utf-8")
