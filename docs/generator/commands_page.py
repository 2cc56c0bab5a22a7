"""The reference of the commands, from the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Final

import click

from generator.tables import table
from kaccess.cli.commands import COMMANDS
from kaccess.cli.main import root
from kaccess.model.errors import DONE, FAILED, INTERRUPTED, LOGIN_NEEDED, PENDING, REFUSED, USAGE

EXIT_CODES: Final = {
    DONE: "done, or nothing to do",
    FAILED: "failed, wholly or in part, or the answer is no; the lines on stderr say what and why",
    USAGE: "the command line is wrong, or your own configuration",
    PENDING: "there is something to do (`--check`), or to look at (`audit --fail-on`)",
    REFUSED: "refused as unsafe; the line names the flag that overrides it, if there is one",
    LOGIN_NEEDED: "AWS credentials are missing or expired",
    INTERRUPTED: "interrupted",
}
ENVIRONMENT: Final = {
    "KACCESS_POLICY": "The policy where `--policy` does not name one.",
    "KACCESS_CONFIG": "Your own list of clusters where `--config` does not name one.",
    "KACCESS_ISOLATED": "Set in the shell of `login --isolated` to the clusters that it is for; a prompt may show it.",
    "KUBECONFIG": "The kubeconfig files that `login` and `logout` change, as kubectl reads the variable.",
    "KUBERNETES_EXEC_INFO": "Set by kubectl for `kaccess token`: the version of the answer that it takes.",
    "AWS_*": "Credentials, profile, region and endpoints, as the AWS SDKs read them.",
    "NO_COLOR": "No colours, if it is not empty.",
    "LOCALAPPDATA": "On Windows: where tokens are kept, in `kaccess\\tokens`.",
    "SHELL": "The shell that `kaccess login --isolated` starts; without it, on Windows that of `COMSPEC`.",
    "XDG_CACHE_HOME": "Where tokens are kept if `XDG_RUNTIME_DIR` is not set; `~/.cache` otherwise.",
    "XDG_CONFIG_HOME": "Where your list of clusters is, `kaccess/config.yaml`; `~/.config` otherwise.",
    "XDG_RUNTIME_DIR": "Where tokens are kept, and the kubeconfigs of isolated shells.",
    "XDG_STATE_HOME": "Where the sandbox keeps its state; `~/.local/state` otherwise.",
    "_KACCESS_COMPLETE": "Asks for the completion of a shell; the script of `kaccess completion` sets it.",
}
_DEFAULT: Final = re.compile(r"\s*\[(?:default: )?([^\[\]]*)\]$")
_INTRO: Final = """\
# Commands

`kaccess COMMAND --help` says the same. `kubectl kaccess COMMAND` works too. Results go to stdout, everything else to
stderr. With `-o json` a command prints one versioned envelope, on success and on failure.

"""


def commands_page() -> str:
    """The page, as Markdown."""
    context = click.Context(root, info_name="kaccess")
    summaries = ((f"[`{name}`](#kaccess-{name})", listed.summary) for name, listed in sorted(COMMANDS.items()))
    parts = [
        _INTRO,
        table(("command", "does"), summaries),
        "## Options of every command\n\nThey may stand before the name of the command or after it.\n\n",
        table(("option", "default", "means"), map(_row, _options(root))),
        "## Exit codes\n\n",
        table(("exit code", "means"), ((str(code), text) for code, text in EXIT_CODES.items())),
        "## Environment\n\n",
        table(("variable", "means"), ((f"`{name}`", text) for name, text in ENVIRONMENT.items())),
        *(_command(each) for each in _below(context)),
    ]
    return "".join(parts).rstrip("\n") + "\n"


def _below(context: click.Context) -> Iterator[click.Context]:
    """Every command below a group of commands, each before those below it."""
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None and not command.hidden:
                below = click.Context(command, info_name=name, parent=context)
                yield below
                yield from _below(below)


def _command(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    text = f"## {context.command_path}\n\n```text\n{usage}\n```\n\n{_prose(command.help or '')}\n\n"
    common = {tuple(option.opts): _row(option) for option in _options(root)}
    rows = [row for option in _options(command) if (row := _row(option)) != common.get(tuple(option.opts))]
    return text + (table(("option", "default", "means"), rows) if rows else "")


def _options(command: click.Command) -> Sequence[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def _row(option: click.Option) -> tuple[str, str, str]:
    names, text = option.get_help_record(click.Context(root)) or ("", "")
    found = _DEFAULT.search(text)
    means, default = (text[: found.start()], found[1]) if found else (text, "")
    return ", ".join(f"`{name}`" for name in names.split(", ")), default, _prose(means)


def _prose(text: str) -> str:
    """A help text as Markdown: the same words, without the mark by which click keeps lines as they are."""
    return cleandoc(text.replace("\b\n", "")).replace("<", "\\<")
