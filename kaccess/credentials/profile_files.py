"""What the shared files say of one profile, read as botocore reads them but without botocore."""

from __future__ import annotations

import configparser
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

_PROFILE_VARIABLES: Final = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # in botocore's order
_DEFAULT: Final = "default"
_SHARED_CREDENTIALS_FILE: Final = "~/.aws/credentials"
_CONFIG_FILE: Final = "~/.aws/config"


@dataclass(frozen=True)
class Profile:
    """The options of one profile in the credentials file (`shared`) and in the config file; either may have none."""

    shared: Mapping[str, str] = field(repr=False)
    config: Mapping[str, str] = field(repr=False)

    def get(self, option: str) -> str | None:
        """The value of an option; where both files have it, the credentials file's counts."""
        return self.shared.get(option, self.config.get(option))

    def has(self, *beginnings: str) -> bool:
        """Whether there is an option that begins so."""
        return any(option.startswith(beginnings) for option in (*self.shared, *self.config))


def read_profile(profile: str | None, environ: Mapping[str, str]) -> Profile | None:
    """The profile of this name, or (None) the environment's; None if the files are for botocore to complain about."""
    named = profile if profile is not None else _chosen(environ)
    shared_file = environ.get("AWS_SHARED_CREDENTIALS_FILE", _SHARED_CREDENTIALS_FILE)
    config_file = environ.get("AWS_CONFIG_FILE", _CONFIG_FILE)
    try:
        shared = _section(shared_file, lambda section: section == named)
        return Profile(shared, _section(config_file, lambda section: _names_profile(section, named)))
    except (ValueError, configparser.Error):
        return None


def _chosen(environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in _PROFILE_VARIABLES if name in environ), _DEFAULT)


def _names_profile(section: str, profile: str) -> bool:
    """Whether a section of the config file is that of `profile`: `[profile NAME]`, or `[default]`."""
    if section == _DEFAULT:
        return profile == _DEFAULT
    words = shlex.split(section) if section.startswith("profile") else []
    return words[1:] == [profile]


def _section(file: str, matches: Callable[[str], bool]) -> dict[str, str]:
    """The options of the section that matches; nothing if there is no such file or section.

    Raises:
        ValueError, configparser.Error: the file cannot be parsed, or has several such sections.
    """
    parser = configparser.RawConfigParser()
    parser.read([os.path.expanduser(os.path.expandvars(file))])  # noqa: PTH111 - `Path` knows no variables
    sections = [section for section in parser.sections() if matches(section)]
    if len(sections) > 1:
        raise ValueError(f"{file}: {len(sections)} sections for one profile")
    return dict(parser.items(sections[0])) if sections else {}
