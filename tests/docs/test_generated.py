"""The pages that are made from the code are what the code makes now."""

import ast
import re
import subprocess
import sys

from tests.docs.pages import DOCS, ROOT

COMMANDS = (DOCS / "commands.md").read_text("utf-8")
VARIABLE = re.compile(r"_?(KACCESS|XDG)_[A-Z]+(_[A-Z]+)*|KUBE[A-Z_]+|NO_COLOR|SHELL")


def test_generated_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_variable_that_kaccess_reads_is_told_of():
    """AWS's own are told of as a whole."""
    strings = {
        node.value
        for path in (ROOT / "kaccess").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    read = {name for name in strings if VARIABLE.fullmatch(name)}
    assert {"KACCESS_POLICY", "KUBECONFIG"} <= read
    assert read <= set(rows("Environment"))


def test_the_readme_says_the_same_of_exit_codes():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert rows("Exit codes")
    assert [f"| {code} | {text} |" for code, text in rows("Exit codes").items()] == re.findall(
        r"^\| \d+ \| .* \|$", readme, re.MULTILINE
    )


def rows(heading):
    """The table under a heading of the commands' page: its first column to its second."""
    section = COMMANDS.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {first.strip("`"): second for first, second in cells[2:]}
