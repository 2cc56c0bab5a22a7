"""`kaccess sandbox`: a local AWS and a local Kubernetes API, to try everything on."""

from __future__ import annotations

import shlex
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED
from kaccess.sandbox.address import (
    AUTHENTICATION_MODES,
    DEFAULT_MODE,
    SandboxAddress,
    SandboxError,
    environment,
    mfa_seed,
)
from kaccess.sandbox.aws.totp import code_at
from kaccess.sandbox.play import play
from kaccess.sandbox.process import default_folder, down, find, up
from kaccess.sandbox.story import Step, story

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the sandbox keeps its state.  [default: $XDG_STATE_HOME/kaccess/sandbox]",
)


@click.group(name="sandbox", no_args_is_help=False)
def command() -> None:
    """A local AWS and Kubernetes to try things on.

    Both on loopback: no AWS account, no cluster, no Docker.
    """


@command.command(name="up")
@folder_option
@click.option("--as", "person", default="admin", show_default=True, help="Whose settings to print.")
@click.option(
    "--authentication-mode",
    "mode",
    type=click.Choice(AUTHENTICATION_MODES, case_sensitive=False),
    help=f"What its cluster maps callers by: access entries (API), aws-auth, or both.  [default: {DEFAULT_MODE}]",
)
@common_options
@click.pass_obj
def up_command(session: Session, folder: Path | None, person: str, mode: str | None) -> int:
    """Start it, and print how to use it.

    One that runs already is left as it is. Use it as `eval "$(kaccess sandbox up --as ana)"`.
    """
    address = up(folder or default_folder(), mode)
    settings = environment(address, person)
    session.say(_how_to_use(address, person))
    exports = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    # Keys in the environment would beat the profile.
    text = "\n".join(["unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN", *exports])
    data = {
        "awsUrl": address.aws_url,
        "kubernetesUrl": address.kube_url,
        "cluster": address.cluster,
        "authenticationMode": address.authentication_mode,
        "folder": str(address.folder),
        "pid": address.pid,
        "profiles": list(address.profiles),
        "environment": settings,
    }
    return session.result("Sandbox", text, data)


def _how_to_use(address: SandboxAddress, person: str) -> str:
    return (
        f"# the sandbox runs (process {address.pid}); its state is in {address.folder}\n"
        f"# cluster {address.cluster} in {address.region}; people: {', '.join(address.profiles)}\n"
        f'# be {person} in this shell:   eval "$(kaccess sandbox up --as {person})"\n'
        "# end it:   kaccess sandbox down"
    )


@command.command(name="down")
@folder_option
@common_options
@click.pass_obj
def down_command(session: Session, folder: Path | None) -> int:
    """End it, and remove its state."""
    ended = down(folder or default_folder())
    return session.result("Sandbox", "the sandbox is down" if ended else "no sandbox was running", {"ended": ended})


@command.command(name="mfa-code")
@folder_option
@click.option("--as", "person", required=True, help="Whose device to read.")
@common_options
@click.pass_obj
def mfa_code_command(session: Session, folder: Path | None, person: str) -> int:
    """Print the code that a person's MFA device shows now.

    Each code is good once.
    """
    where = folder or default_folder()
    address = find(where)
    if address is None:
        raise SandboxError(f"{where}: no sandbox runs here; run `kaccess sandbox up`")
    code = code_at(mfa_seed(address, person), datetime.now(timezone.utc))
    return session.result("Sandbox", code, {"code": code})


@command.command(name="demo")
@common_options
@click.pass_obj
def demo_command(session: Session) -> int:
    """Play the whole story with real kubectl.

    On a sandbox of its own, which is ended again. Prints each command and its real output, and fails if any of them
    does not do what the story says.
    """
    with tempfile.TemporaryDirectory(prefix="kaccess-demo-") as name:
        folder = Path(name)
        address = up(folder / "sandbox")
        try:
            return _demo(session, address, folder)
        finally:
            down(folder / "sandbox")


def _demo(session: Session, address: SandboxAddress, folder: Path) -> int:
    steps = 0
    for chapter in story():
        click.echo(f"\n{click.style(f'## {chapter.title}', bold=True)}")
        for step in chapter.steps:
            steps += 1
            wrong = _show(step, address, folder)
            if wrong:
                data = {"steps": steps, "failed": step.command}
                return session.result("Demo", "", data, exit_code=FAILED, errors=[f"`{step.command}`: {wrong}"])
    return session.result("Demo", f"\nAll {steps} commands did what the story says.", {"steps": steps}, exit_code=DONE)


def _show(step: Step, address: SandboxAddress, folder: Path) -> str:
    """Print one step as it is played; returns what was wrong with it."""
    click.echo(f"\n{click.style(step.person, fg='cyan')}$ {step.command}")
    played = play(step, address, folder)
    if played.output:
        click.echo(played.output)
    return played.wrong
