"""GitHub Actions in small: the jobs of a workflow run in order in one folder, their scripts by the real bash.

Conditions and expressions are evaluated; one that this does not know raises KeyError. Actions and gh have stand-ins.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "ci"
WORKFLOWS = sorted(FOLDER.glob("*.yaml"))

GH = """\
#!/bin/sh
printf '%s\\n' "$*" >>"$GH_CALLS"
case "$1 $2" in
"pr list") echo 0 ;;
"api --paginate") printf '%s' "$GH_FOUND" ;;
esac
"""
"""A gh that notes what it is asked, knows of no pull request, and of the comments that GH_FOUND has the ids of."""

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_OPERATORS = {"&&": " and ", "||": " or ", "!=": " != ", "!": " not "}
_TOKENS = re.compile(r"'[^']*'|&&|\|\||!=|!|hashFiles|cancelled|[a-z_]+(?:\.[\w-]+)+")


def workflow(path):
    """The workflow in a file, with its triggers under `on`, which YAML 1.1 takes for true."""
    document = yaml.safe_load(path.read_text())
    return {**document, "on": document[True]}


def scripts(path):
    """Every script of a workflow: its job, its step's name, and its text."""
    for name, job in workflow(path)["jobs"].items():
        yield from ((name, step["name"], step["run"]) for step in job["steps"] if "run" in step)


@dataclass
class Run:
    """One run of a workflow.

    `context` has what expressions look up, such as `github.event_name`. `actions` stands in for each action by its name
    without version; it is given the step's `with`. `left_out` names the scripts that are not run. What the
    others printed is in `said`, by the names of their steps.
    """

    folder: Path
    environment: dict
    context: dict
    actions: dict
    left_out: tuple
    gh_found: str = ""
    said: dict = field(default_factory=dict)
    results: dict = field(default_factory=dict)
    summary: str = ""
    gh_calls: str = ""

    def carry_out(self, path):
        """Run the workflow's jobs in the order of the file; what became of each is in `results`."""
        document = workflow(path)
        for name, job in document["jobs"].items():
            needed = job.get("needs", [])
            ready = all(self.results[each] == "success" for each in ([needed] if isinstance(needed, str) else needed))
            wanted = ready and self.holds(job)
            self.results[name] = self._job(document, job) if wanted else "skipped"
            for output, text in job.get("outputs", {}).items():
                self.context[f"needs.{name}.outputs.{output}"] = self.filled(text) if wanted else ""

    def holds(self, part):
        """Whether the condition of a job or step is true, if it has one."""
        condition = part.get("if")
        if condition is None:
            return True
        inner = _EXPRESSION.fullmatch(condition)
        return bool(self._value(inner[1] if inner else condition))

    def filled(self, text):
        """A text with its expressions replaced by what they are."""
        return _EXPRESSION.sub(lambda found: str(self._value(found[1])), text)

    def _value(self, expression):
        python = _TOKENS.sub(self._python, expression)
        return eval(python, {"hashFiles": self._hash_files, "cancelled": lambda: False})

    def _python(self, found):
        token = found[0]
        if token[0] == "'" or token in ("hashFiles", "cancelled"):
            return token
        if token in _OPERATORS:
            return _OPERATORS[token]
        # The outputs of a step that did not come to say anything are empty.
        return repr(self.context.get(token, "") if token.startswith("steps.") else self.context[token])

    def _hash_files(self, name):
        return "a hash" if (self.folder / name).exists() else ""

    def _job(self, document, job):
        result = "success"
        for step in job["steps"]:
            always = "cancelled()" in step.get("if", "")
            if (result == "success" or always) and self.holds(step) and not self._step(document, step):
                result = "failure"
        return result

    def _step(self, document, step):
        """Whether the step succeeded."""
        if "uses" in step:
            given = {key: self.filled(str(value)) for key, value in step.get("with", {}).items()}
            self.actions[step["uses"].partition("@")[0]](given)
            return True
        if step["name"] in self.left_out:
            return True
        files = {name: self.folder.parent / f"github-{name.lower()}" for name in ("OUTPUT", "STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        done = self._bash(document, step, {f"GITHUB_{name}": str(file) for name, file in files.items()})
        self.said[step["name"]] = done.stdout + done.stderr
        self.summary += files["STEP_SUMMARY"].read_text()
        for line in files["OUTPUT"].read_text().splitlines():
            key, _, value = line.partition("=")
            self.context[f"steps.{step['id']}.outputs.{key}"] = value
        return done.returncode == 0

    def _bash(self, document, step, files):
        tools, calls = self.folder.parent / "tools", self.folder.parent / "gh-calls"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text(GH)
        (tools / "gh").chmod(0o755)
        given: dict[str, Any] = {**document.get("env", {}), **step.get("env", {})}
        env = {
            **self.environment,
            "PATH": f"{tools}{os.pathsep}{self.environment['PATH']}",
            "RUNNER_TEMP": str(self.folder.parent),
            "GH_CALLS": str(calls),
            "GH_FOUND": self.gh_found,
            **files,
            **{key: self.filled(str(value)) for key, value in given.items()},
        }
        script = self.folder.parent / "step.sh"
        script.write_text(step["run"])
        # The shell that a workflow with `shell: bash` is promised.
        words = ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script))
        done = subprocess.run(words, cwd=self.folder, env=env, capture_output=True, text=True, timeout=120, check=False)
        self.gh_calls = calls.read_text() if calls.exists() else ""
        return done
