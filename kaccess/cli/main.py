"""The root command: finds commands without importing them all, and turns every error into one line and an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import click

from kaccess import __version__
from kaccess.cli.options import asked_for_json, common_options
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED, INTERRUPTED, USAGE, KaccessError
from kaccess.report.envelope import envelope

COMMANDS: Final = {
    "apply": "kaccess.cli.apply",
    "audit": "kaccess.cli.audit",
    "can-i": "kaccess.cli.can_i",
    "grant": "kaccess.cli.grant",
    "init": "kaccess.cli.init",
    "login": "kaccess.cli.login",
    "logout": "kaccess.cli.logout",
    "plan": "kaccess.cli.plan",
    "revoke": "kaccess.cli.revoke",
    "sandbox": "kaccess.cli.sandbox",
    "schema": "kaccess.cli.schema",
    "token": "kaccess.cli.token",
    "validate": "kaccess.cli.validate",
    "whoami": "kaccess.cli.whoami",
}
"""Each command's module; the command in it is called `command`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(module).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module} has no command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@common_options
@click.version_option(__version__, package_name="kaccess")
def root() -> None:
    """Access to Amazon EKS without an administrator in the middle."""


def run(argv: Sequence[str], prog: str = "kaccess") -> int:
    """Run one command line and return its exit code. Nothing but a defect of kaccess leaves here as an exception."""
    session = Session()
    try:
        with session.opened:
            result = root.main(args=list(argv), prog_name=prog, standalone_mode=False, obj=session)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        return _failed(argv, error.format_message(), USAGE, _usage_of(error))
    except (click.Abort, KeyboardInterrupt):
        return _failed(argv, "interrupted", INTERRUPTED)
    except KaccessError as error:
        return _failed(argv, str(error), error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody left to tell.
        sys.stderr.close()
        return FAILED
    return result if isinstance(result, int) else DONE


def _usage_of(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"; see `{error.ctx.command_path} --help`"
    return ""


def _failed(argv: Sequence[str], message: str, exit_code: int, hint: str = "") -> int:
    if asked_for_json(argv):
        click.echo(envelope("Error", None, exit_code=exit_code, errors=message.splitlines()))
    else:
        for line in message.splitlines():
            click.echo(f"{click.style('error', fg='red')}: {line.rstrip('.')}{hint}", err=True)
    return exit_code
