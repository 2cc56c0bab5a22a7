"""The commands of a page as one story: run in order in one bash, each compared with what the page says it prints.

CONTRIBUTING.md, "Pages", has the rules by which authors write them.
"""

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kaccess.sandbox import process
from tests.docs.pages import ROOT, WrongPage

SECONDS = 120
"""How long the story of one page may take, on a busy machine."""

NOT_RUN = (
    "installs software",
    "needs a Git server",
    "needs an AWS account",
)
"""The reasons for which a block may not be run. Each new one is one that a reviewer agrees to."""

_NEEDS = {
    "sandbox": 'eval "$(kaccess sandbox up)"',
    "sandbox=CONFIG_MAP": 'eval "$(kaccess sandbox up --authentication-mode CONFIG_MAP)"',
    "sandbox=API_AND_CONFIG_MAP": 'eval "$(kaccess sandbox up --authentication-mode API_AND_CONFIG_MAP)"',
    "policy": f"cp -r '{ROOT / 'policies'}' policies",
    "applied": "kaccess apply --yes",
    "git": "git init --quiet --initial-branch main && git add . && git commit --quiet --allow-empty -m 'The policy'",
}
_HEREDOC = re.compile(r"(?<!<)<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")
_EXIT = re.compile(r"#.*\bexit (\d+)\b")
_ANSWER = re.compile(r"#.*\banswer y\b")
_QUESTION = re.compile(r"( \[y/N\]: )(?!y$)", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """One command, where it stands, and what it is to print (None: anything) and end with."""

    text: str
    where: str
    prints: str | None = None
    exit_code: int = 0
    answers: bool = False

    def wrong(self, printed, exit_code):
        """What is not as the page says; empty if all is."""
        if self.exit_code != exit_code:
            return f"{self.where}: `{self.text}` ended with {exit_code}, not {self.exit_code}:\n{printed}"
        if self.answers:
            printed = _QUESTION.sub(r"\1y\n", printed)
        if self.prints is not None and not _pattern(self.prints).fullmatch(_plain(printed)):
            return f"{self.where}: `{self.text}` is to print\n{self.prints}\nand printed\n{printed}"
        return ""


def commands_of(block, page):
    """The commands of a console block, each with the output that the block shows."""
    lines = block.text.splitlines()
    if lines and not lines[0].startswith("$ "):
        raise WrongPage(f"{page}:{block.line}: a console block begins with a command, after `$ `")
    starts = _starts(lines)
    for start, until in zip(starts, [*starts[1:], len(lines)], strict=True):
        end = _end(lines, start)
        text = "\n".join([lines[start].removeprefix("$ "), *lines[start + 1 : end]])
        code = _EXIT.search(text)
        yield Command(
            text,
            f"{page}:{block.line + start}",
            "\n".join(lines[end:until]) if end < until else None,
            int(code[1]) if code else 0,
            _ANSWER.search(text) is not None,
        )


def _starts(lines):
    starts, at = [], 0
    while at < len(lines):
        if lines[at].startswith("$ "):
            starts.append(at)
            at = _end(lines, at)
        else:
            at += 1
    return starts


def _end(lines, start):
    """The line after the last one of the command that begins at `start`: past `\\` at ends of lines and heredocs."""
    end = start + 1
    while lines[end - 1].endswith("\\") and end < len(lines):
        end += 1
    heredoc = _HEREDOC.search("\n".join(lines[start:end]))
    if heredoc and heredoc[2] in lines[end:]:
        end = lines.index(heredoc[2], end) + 1
    return end


def _plain(text):
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _pattern(text):
    parts = []
    for line in _plain(text).splitlines():
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.split("..."))) + r"\n")
    pattern = "".join(parts)
    # What is compared has no newline at its end.
    return re.compile(pattern.removesuffix(r"\n") if pattern.endswith(r"\n") else rf"{pattern}.*")


def play(page, folder):
    """Run the story of a page with all that it keeps in `folder`; what is not as the page says, one text each."""
    work, results = folder / "work", folder / "results"
    for each in (work, results, folder / "home"):
        each.mkdir()
    commands, script = _script(page, results)
    (folder / "story.sh").write_text(script, "utf-8")
    said = _run(folder / "story.sh", work, environment(folder), "y\n" * len(commands))
    return _compare(commands, results, said)


def environment(folder):
    """The variables of a person who has just sat down at a new machine, whose home is in `folder`."""
    home = folder / "home"
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "CACHE", "STATE", "DATA")},
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",  # keeps both streams in the order in which a terminal shows them
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_PAGER": "cat",
    }


def _script(page, results):
    commands, parts = [], []
    for need in page.needs:
        if need not in _NEEDS:
            raise WrongPage(f"{page.name}: no story can need {need!r}; there are {', '.join(_NEEDS)}")
        commands.append(Command(_NEEDS[need], f"{page.name}: story: {need}"))
    for block in page.blocks:
        if block.path:
            commands.append(Command(_written(block), f"{page.name}:{block.line}"))
        elif block.language == "console" and not block.not_run:
            commands.extend(commands_of(block, page.name))
    for number, command in enumerate(commands):
        stdin = "" if command.answers else " </dev/null"
        parts.append(
            f"{{ {command.text}\n}} >'{results}/{number}' 2>&1{stdin}\n"
            f"code=$?; printf %s $code >'{results}/{number}.code'; [ $code = {command.exit_code} ] || exit\n"
        )
    return commands, "".join(parts)


def _written(block):
    end = "EndOfTheFile"
    return f"mkdir -p \"$(dirname '{block.path}')\" && cat >'{block.path}' <<'{end}'\n{block.text}{end}"


def _run(script, work, env, typed):
    """Run the script with `typed` waiting on its terminal; what bash itself said."""
    master, slave = pty.openpty()
    os.write(master, typed.encode())
    shell = subprocess.Popen(
        ["bash", script],
        cwd=work,
        env=env,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return shell.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        return f"the story took more than {SECONDS} s"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)  # what the page left running
        shell.communicate()
        os.close(slave)
        os.close(master)
        process.down(Path(env["XDG_STATE_HOME"]) / "kaccess" / "sandbox")


def _compare(commands, results, said):
    wrong = []
    for number, command in enumerate(commands):
        code = results / f"{number}.code"
        printed = (results / str(number)).read_text("utf-8", "replace") if (results / str(number)).exists() else ""
        if not code.exists():
            return [*wrong, f"{command.where}: `{command.text}` did not end: {said}{printed}"]
        wrong.append(command.wrong(printed, int(code.read_text())))
        if wrong[-1] and int(code.read_text()) != command.exit_code:
            break
    return [each for each in wrong if each]
