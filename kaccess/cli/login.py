"""`kaccess login`: a kubeconfig with exactly the namespaces one was granted."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from kaccess.cli import completion
from kaccess.cli.isolated import run_shell
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.cli.targets import Answers, config_option, find_each
from kaccess.kubeconfig.access import ClusterAccess, named_contexts
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.kubeconfig.write import Written, remove, text_of, write
from kaccess.model.errors import DONE, FAILED, Usage
from kaccess.report.own_access import lens_lines, own_access_json, own_access_table
from kaccess.workflows.contexts import cluster_accesses
from kaccess.workflows.login import ASK, OwnAccess


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=completion.own_clusters)
@click.option(
    "--use",
    metavar="CONTEXT",
    shell_complete=completion.contexts,
    help="Make this context the current one, as in cardo/development.",
)
@click.option("--one-context", is_flag=True, help="Write one context for each cluster, not one for each namespace.")
@click.option("--isolated", is_flag=True, help="Start a shell with a kubeconfig of its own, which ends with it.")
@click.option("--print", "printed", is_flag=True, help="Print the kubeconfig, and write nothing.")
@config_option
@common_options
@click.pass_obj
def command(
    session: Session,
    clusters: tuple[str, ...],
    use: str | None,
    one_context: bool,
    isolated: bool,
    printed: bool,
    config: Path | None,
) -> int:
    """Write a kubeconfig with what you were granted.

    It has exactly the namespaces that you were granted and that the cluster confirms.

    CLUSTER is a name of the policy or of your configuration, if there is one, or a name in EKS. Without one: all of
    them. The current context stays what it is, unless there is none or --use names another.
    """
    if isolated and (printed or session.json):
        raise Usage("--isolated starts a shell; leave out --print and -o json")
    answers = find_each(session, clusters, config)
    login = _Login(session, answers, use, one_context)
    if printed:
        return login.show()
    return login.isolate() if isolated else login.save()


class _Login:
    """What was found, on its way into a kubeconfig."""

    def __init__(self, session: Session, answers: Answers, use: str | None, one_context: bool) -> None:
        self._session = session
        self._answers = answers
        self._settings: dict[str, Any] = {"program": _program(), "use": use, "one_context": one_context}
        self._now = utc_now()
        self._errors = [*answers.errors, *_empty(answers.found), *_unproven(answers.found)]
        self._exit_code = FAILED if self._errors else DONE
        self._accesses: list[ClusterAccess] = []
        for each in answers.found:
            profile = session.aws.profile if session.profile else answers.profiles[each.target.alias]
            self._accesses += cluster_accesses(each, profile or session.aws.profile)

    def save(self) -> int:
        """Write it where the person's kubeconfig is."""
        paths = kubeconfig_paths(os.environ, Path.home())
        unknown_in = self._answers.unknown_in
        removed = remove(paths, unknown_in).removed if unknown_in else ()
        written = write(self._accesses, paths=paths, **self._settings)
        removed += written.removed
        data = {
            "kubeconfig": str(written.path),
            "added": list(written.added),
            "removed": list(removed),
            "currentContext": written.current_context,
            "clusters": self._clusters(),
        }
        return self._result("\n".join([*self._gone(removed), *self._table(), *self._next(written)]), data)

    def show(self) -> int:
        """Print it; what was found goes to stderr, so that stdout is the kubeconfig alone."""
        text = text_of(self._accesses, **self._settings)
        if not self._session.json:
            for line in self._table():
                self._session.say(line)
        return self._result(text.rstrip("\n"), {"text": text, "clusters": self._clusters()})

    def isolate(self) -> int:
        """Start a shell that has it alone; returns the exit code of the shell."""
        for line in [*self._table(), *(f"error: {error}" for error in self._errors)]:
            self._session.say(line)
        if not any(access.namespaces for access in self._accesses):
            return FAILED
        names = ",".join(access.alias for access in self._accesses)
        return run_shell(text_of(self._accesses, **self._settings), names, self._session.say)

    def _result(self, text: str, data: dict[str, Any]) -> int:
        return self._session.result("Login", text, data, exit_code=self._exit_code, errors=self._errors)

    def _clusters(self) -> list[dict[str, Any]]:
        return [own_access_json(each, self._now) for each in self._answers.found]

    def _table(self) -> list[str]:
        found = self._answers.found
        table = own_access_table(found, self._now, one_context=bool(self._settings["one_context"]))
        return [table, "", *lens_lines(found)] if table else []

    def _gone(self, removed: Iterable[str]) -> list[str]:
        """Why contexts were removed: without a grant, or because contexts are cut the other way now."""
        cut = bool(self._settings["one_context"])
        granted = {context.name for context in named_contexts(self._accesses, one_context=not cut)}
        other = "one for the whole cluster" if cut else "one for each namespace"
        return [
            f"removed context {name}: {f'replaced by {other}' if name in granted else 'its grant is gone'}"
            for name in removed
        ]

    def _next(self, written: Written) -> list[str]:
        if not any(access.namespaces for access in self._accesses):
            return []
        return [
            f"written to {_shown(written.path)}",
            f"current context: {written.current_context or 'none'}",
            "next: kubectl --context CONTEXT get pods, or kubectl config use-context CONTEXT",
        ]


def _shown(path: Path) -> str:
    """A path as people write it."""
    return str(Path("~", path.relative_to(Path.home())) if path.is_relative_to(Path.home()) else path)


def _program() -> str:
    """The absolute path of kaccess itself: programs with windows do not have the shell's PATH."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":  # python -m kaccess
        folder = Path(sys.executable).parent
        # On Windows only environments have Python among their scripts.
        scripts = folder / "Scripts" if sys.platform == "win32" and folder.name.lower() != "scripts" else folder
        return str(scripts / "kaccess")
    # Windows has no PATH for scripts: there it is called by its whole path, and finds what starts it under that name.
    found = None if sys.platform == "win32" else shutil.which(called)
    return str(Path(found or called).absolute())


def _empty(found: Iterable[OwnAccess]) -> list[str]:
    return [
        f"cluster {each.target.alias} knows you as {each.ways[0].identity.username} and grants you no namespace; {ASK}"
        for each in found
        if not each.reached
    ]


def _unproven(found: Iterable[OwnAccess]) -> list[str]:
    return [f"{each.target.alias}: {skipped}" for each in found for skipped in each.skipped]
