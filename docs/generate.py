"""Writes the pages that are made from the code: `python docs/generate.py`; with `--check`, only tells which differ."""

import sys
from pathlib import Path

from generator.commands_page import commands_page
from generator.policy_page import policy_page

DOCS = Path(__file__).resolve().parent
PAGES = {"policy.md": policy_page, "commands.md": commands_page}
NOTE = "<!-- Written by `python docs/generate.py`; change what it is made from. -->\n\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; returns 1 if one differs and is not to be written."""
    texts = {DOCS / name: NOTE + page() for name, page in PAGES.items()}
    differing = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in differing:
        if "--check" in arguments:
            sys.stderr.write(f"docs/{path.name} is not what it is made from; run `python docs/generate.py`\n")
        else:
            path.write_text(texts[path], "utf-8")
            sys.stdout.write(f"wrote docs/{path.name}\n")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
