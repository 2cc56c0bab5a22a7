"""The person's own configuration: clusters to log in to without a policy, or without the right to eks:DescribeCluster.

A small YAML file with one section, `clusters`, from aliases to what is known of each. Unlike the policy it belongs to
one person and grants nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from kaccess.model.errors import Usage
from kaccess.policy.shapes import wrong_account, wrong_alias, wrong_cluster, wrong_iam_role, wrong_profile, wrong_region
from kaccess.yamltext.nodes import compose, get, is_null

CONFIG_VARIABLE: Final = "KACCESS_CONFIG"

_LONGEST: Final = 1 << 20
"""Bytes of the file that are read."""


class ConfigError(Usage):
    """The configuration cannot be used; a line for each problem, with its place."""


@dataclass(frozen=True)
class KnownCluster:
    """A cluster of the configuration. `ca_data` is the base64 of a PEM bundle; it and `endpoint` come together.

    Tokens are made with the credentials of `profile`, as `iam_role` (an ARN). Empty: not said.
    """

    alias: str
    name: str
    region: str
    account: str = ""
    endpoint: str = ""
    ca_data: str = field(default="", repr=False)
    profile: str = ""
    iam_role: str = ""


def config_path(named: Path | None, environ: Mapping[str, str], home: Path) -> Path | None:
    """The file to read: the one that was named, in words or in the environment, or the usual one if it is there."""
    if named is not None or environ.get(CONFIG_VARIABLE):
        return named or Path(environ[CONFIG_VARIABLE])
    folder = environ.get("XDG_CONFIG_HOME", "")
    usual = (Path(folder) if Path(folder).is_absolute() else home / ".config") / "kaccess" / "config.yaml"
    return usual if usual.exists() else None


def load_config(path: Path) -> dict[str, KnownCluster]:
    """The clusters of the file, by alias.

    Raises:
        ConfigError: it cannot be read, or with a line for each thing that is wrong in it.
    """
    reader = _Reader(path)
    clusters = reader.clusters(_root(path))
    if reader.problems:
        raise ConfigError("\n".join(reader.problems))
    return {cluster.alias: cluster for cluster in clusters}


def _root(path: Path) -> yaml.Node | None:
    try:
        with path.open("rb") as file:
            return compose(file.read(_LONGEST).decode())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name another with --config or ${CONFIG_VARIABLE}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: not YAML; repair or move the file") from None


class _Reader:
    """Reads the nodes of one file; `problems` collects a line for each thing that is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problems: list[str] = []

    def clusters(self, root: yaml.Node | None) -> list[KnownCluster]:
        if root is None or is_null(root):
            return []
        self._pairs(root, "the configuration", ("clusters",))
        section = get(root, "clusters")
        if section is None or is_null(section):
            return []
        return [self._cluster(key, value) for key, value in self._pairs(section, "clusters", None)]

    def _cluster(self, key: yaml.Node, node: yaml.Node) -> KnownCluster:
        self._refuse(key, wrong_alias(str(key.value)))
        values = {str(name.value): self._text(name, value) for name, value in self._pairs(node, "a cluster", _KEYS)}
        for name in ("name", "region"):
            if name not in values:
                self._refuse(node, f"a cluster needs {name}")
        if ("endpoint" in values) != ("ca" in values):
            self._refuse(node, "endpoint and ca come together: without its CA nobody can tell a cluster from another")
        found = {_FIELDS.get(name, name): value for name, value in values.items()}
        found["ca_data"] = self._ca_data(get(node, "ca"), found.get("ca_data", ""))
        return KnownCluster(str(key.value), **{"name": "", "region": "", **found})

    def _pairs(
        self, node: yaml.Node, what: str, known: tuple[str, ...] | None
    ) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """The keys and values of a mapping, each key once, and of those that are `known`."""
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, f"{what} must be a mapping")
            return iter(())
        kept: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in kept:
                self._refuse(key, f"{name!r} is there twice in {what}")
            elif known is None or name in known:
                kept[name] = (key, value)
            else:
                close = get_close_matches(name, known, 1)
                hint = f" (did you mean {close[0]!r}?)" if close else f"; it has {', '.join(known)}"
                self._refuse(key, f"unknown key {name!r} in {what}{hint}")
        return iter(kept.values())

    def _text(self, key: yaml.Node, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or is_null(node) or not node.value:
            self._refuse(node, f"{key.value} must be text")
            return ""
        self._refuse(node, _SHAPES[key.value](node.value))
        return str(node.value)

    def _ca_data(self, node: yaml.Node | None, given: str) -> str:
        """The base64 of the bundle, which is given itself or as a file."""
        if node is None or not given or is_ca_data(given):
            return given
        path = self._path.parent / Path(given).expanduser()
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            self._refuse(node, f"ca is neither the base64 of a PEM bundle nor a file: {path}: {_reason(error)}")
            return ""
        found = base64.b64encode(content).decode()
        self._refuse(node, "" if is_ca_data(found) else f"{path} is no PEM bundle")
        return found

    def _refuse(self, node: yaml.Node, problem: str) -> None:
        if problem:
            mark = node.start_mark
            self.problems.append(f"{self._path}:{mark.line + 1}:{mark.column + 1}: {problem}")


def is_ca_data(text: str) -> bool:
    """Whether a text is the base64 of PEM, as EKS and kubeconfigs carry a CA."""
    try:
        return b"-----BEGIN CERTIFICATE-----" in base64.b64decode(text, validate=True)
    except ValueError:
        return False


def _wrong_endpoint(text: str) -> str:
    try:
        url = urlsplit(text)
        is_url = url.scheme == "https" and bool(url.hostname)
    except ValueError:
        is_url = False
    return "" if is_url else f"{text!r} is not an https URL; a token must not travel in the clear"


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "no such file")


_SHAPES: Final[Mapping[str, Callable[[str], str]]] = {
    "name": wrong_cluster,
    "region": wrong_region,
    "account": wrong_account,
    "endpoint": _wrong_endpoint,
    "ca": lambda _: "",
    "profile": wrong_profile,
    "iam_role": wrong_iam_role,
}
_KEYS: Final = tuple(_SHAPES)
_FIELDS: Final = {"ca": "ca_data"}
