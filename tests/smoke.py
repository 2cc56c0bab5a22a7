"""What must work where nothing but the wheel is installed: every --help, and the example policy."""

import subprocess
import sys
from pathlib import Path

POLICIES = Path(__file__).parent.parent / "policies"


def kaccess(*words):
    done = subprocess.run(
        [Path(sys.executable).parent / "kaccess", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"kaccess {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def commands_in(help_text):
    _, _, listing = help_text.partition("\nCommands:\n")
    return [line.split()[0] for line in listing.splitlines() if line.startswith("  ") and line[2] != " "]


def walk(*words):
    """Ask for the help of a command and of all below it; yields each one's name."""
    yield " ".join(words)
    for name in commands_in(kaccess(*words, "--help")):
        yield from walk(*words, name)


seen = list(walk())
if len(seen) < 10:
    sys.exit(f"kaccess --help names only {len(seen)} commands")
sys.stdout.write(f"--help of {len(seen)} commands\n{kaccess('validate', str(POLICIES))}")
