"""The root command: finds commands without importing them all, and turns every error into one line and an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches

import click

from kaccess import __version__
from kaccess.cli.commands import COMMANDS
from kaccess.cli.options import asked_for_json, common_options
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED, INTERRUPTED, USAGE, KaccessError
from kaccess.report.envelope import envelope


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name."""
        listed = COMMANDS.get(cmd_name)
        if listed is None:
            return None
        command = importlib.import_module(listed.module).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{listed.module} has no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands in the help, from their summaries alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.summary) for name, listed in sorted(COMMANDS.items())])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with; one that does not exist is answered with the one that is meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            close = get_close_matches(name, COMMANDS, 1)
            meant = f" (did you mean {close[0]!r}?)" if close else ""
            raise click.UsageError(f"there is no command {name!r}{meant}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@common_options
@click.version_option(__version__, package_name="kaccess")
def root() -> None:
    """Access to Amazon EKS without an administrator in the middle."""


def run(argv: Sequence[str], prog: str = "kaccess") -> int:
    """Run one command line and return its exit code.

    Nothing leaves here as an exception but a defect of kaccess, and the OSError of an output that takes no more.
    """
    session = Session()
    try:
        with session.opened:
            result = root.main(args=list(argv), prog_name=prog, standalone_mode=False, obj=session, color=_colour())
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        # click writes the choices of an option that is missing on lines of their own.
        return _failed(argv, " ".join(error.format_message().split()), USAGE, _usage_of(error))
    except (click.Abort, KeyboardInterrupt):
        return _failed(argv, "interrupted", INTERRUPTED)
    except KaccessError as error:
        return _failed(argv, str(error), error.exit_code)
    return result if isinstance(result, int) else DONE


def _colour() -> bool | None:
    """False where the person wants none (https://no-color.org); None: as the terminal can."""
    return False if os.environ.get("NO_COLOR") else None


def _usage_of(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"see `{error.ctx.command_path} --help`"
    return ""


def _failed(argv: Sequence[str], message: str, exit_code: int, hint: str = "") -> int:
    if asked_for_json(argv):
        click.echo(envelope("Error", None, exit_code=exit_code, errors=message.splitlines()))
    else:
        for line in message.splitlines():
            said = f"{click.style('error', fg='red')}: {_with_hint(line.rstrip('.'), hint)}"
            click.echo(said, err=True, color=_colour())
    return exit_code


def _with_hint(line: str, hint: str) -> str:
    return f"{line}{' ' if line.endswith('?') else '; '}{hint}" if hint else line


def output_lost(error: OSError) -> int:
    """Say that stdout does not take what is to be printed, and return the exit code.

    A reader that has gone (`kaccess schema | head -1`) has what it wants; nobody is told.
    """
    # Windows says of a pipe without a reader that its argument is invalid.
    if not isinstance(error, BrokenPipeError) and not (sys.platform == "win32" and error.errno == errno.EINVAL):
        with suppress(OSError):
            advice = "make room, or send the output elsewhere"
            click.echo(
                f"{click.style('error', fg='red')}: cannot write the output: {error.strerror}; {advice}", err=True
            )
    # What is still buffered would fail once more when Python ends, with a traceback.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    return FAILED
