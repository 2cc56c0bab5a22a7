"""A terminal of 80 by 24, as a person has it, driven through tmux."""

import re
import subprocess
import time

WIDTH, HEIGHT = 80, 24
PATIENCE = 60.0
PROMPT = "ready> "
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """A shell on a terminal of its own; `environ` are its variables, `folder` where it starts."""

    def __init__(self, program, socket, folder, environ):
        self._tmux = (program, "-S", str(socket), "-f", "/dev/null")
        self._environ = {**environ, "PS1": PROMPT, "TERM": "screen-256color", "LANG": "C.UTF-8"}
        size = ("-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(folder))
        self._run("new-session", "-d", *size, "bash", "--norc", "--noprofile")
        self.wait_for(PROMPT.strip())

    def type(self, line):
        """Type a line, whatever is asking for one."""
        self._run("send-keys", "-l", line)
        self._run("send-keys", "Enter")

    def press(self, key):
        self._run("send-keys", key)

    def run(self, line):
        """Type a command and wait until it has ended; what it printed."""
        self.clear()
        self.type(line)
        return self.end()

    def end(self):
        """Wait until the shell asks again; what is on the screen and above it."""

        def asks_again(seen):
            lines = seen.strip().splitlines()
            return len(lines) > 1 and lines[-1].strip() == PROMPT.strip()

        return self.wait_until(asks_again)

    def clear(self):
        self._run("send-keys", "-R")
        self.press("C-l")
        self._run("clear-history")
        self.wait_until(lambda seen: seen.strip() == PROMPT.strip())

    def look(self, *, colours=False):
        """What is to be seen, lines that went over the edge in one piece."""
        return self._run("capture-pane", "-p", "-J", "-S", "-", *(("-e",) if colours else ()))

    def wait_for(self, text):
        return self.wait_until(lambda seen: text in seen)

    def wait_until(self, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds(seen := self.look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain; the screen shows:\n{seen}")
            time.sleep(0.05)
        return seen

    def close(self):
        self._run("kill-server")

    def _run(self, *words):
        command = [*self._tmux, *words]
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
