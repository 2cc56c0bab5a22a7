"""Repositories with commits by named people, made by the real git."""

import os
import subprocess
from pathlib import Path

ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Work:
    """A work tree in which people commit, a day after each other."""

    def __init__(self, folder, *, clone_of=None, depth=None):
        self.folder = Path(folder)
        self.days = 0
        if clone_of is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", "main")
        else:
            deep = () if depth is None else (f"--depth={depth}",)
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            words = ("git", "clone", "-q", *deep, f"file://{clone_of.folder}", str(self.folder))
            subprocess.run(words, check=True, env={**os.environ, **ISOLATED})

    def git(self, *words, who="Ana", fails=False):
        self.days += 1
        day = f"2026-10-{1 + self.days % 28:02d}T12:00:00+00:00"
        env = {
            **os.environ,
            **ISOLATED,
            **{f"GIT_{role}_NAME": who for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": f"{who.lower()}@example.com" for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_DATE": day for role in ("AUTHOR", "COMMITTER")},
        }
        done = subprocess.run(("git", *words), cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert fails == (done.returncode != 0), done.stderr
        return done.stdout.strip()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, subject, *trailers, who="Ana"):
        """Commit everything; the hash."""
        self.git("add", "-A")
        body = ("-m", "\n".join(trailers)) if trailers else ()
        self.git("commit", "-q", "--allow-empty", "-m", subject, *body, who=who)
        return self.git("rev-parse", "HEAD")
