"""`kaccess completion`: what makes a shell complete kaccess's commands, options and names."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.model.errors import Usage
from kaccess.model.names import OWNER

SHELLS: Final = ("bash", "zsh", "fish")
VARIABLE: Final = f"_{OWNER.upper()}_COMPLETE"
"""By which the script asks kaccess for completions."""


@click.command(name="completion")
@click.argument("shell", type=click.Choice(SHELLS))
@common_options
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that completes kaccess in a shell.

    For bash put `eval "$(kaccess completion bash)"` into ~/.bashrc, and for zsh the same with zsh into ~/.zshrc. For
    fish run `kaccess completion fish > ~/.config/fish/completions/kaccess.fish`.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Usage(f"there is no completion for {shell}; there is one for {', '.join(SHELLS)}")
    script = kind(ctx.find_root().command, {}, OWNER, VARIABLE).source()
    return ctx.ensure_object(Session).result("Completion", script.strip(), {"shell": shell, "script": script})
