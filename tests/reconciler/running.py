"""A reconciler that runs as a process of its own."""

import json
import signal
import threading
import time
import urllib.request

PATIENCE = 30
"""Seconds."""


def until(holds, *, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not (answer := holds()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)
    return answer


class Running:
    """A reconciler that runs; its log is read as it comes."""

    def __init__(self, company, *words, person="admin"):
        self.process = company.start(person, "kaccess", "reconcile", *words, "--listen", "127.0.0.1:0")
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(json.loads(line))

    def said(self, message, **fields):
        return [line for line in self.lines if line["message"] == message and fields.items() <= line.items()]

    def get(self, path):
        address = until(lambda: self.said("started"))[0]["address"]
        with urllib.request.urlopen(f"http://{address}{path}") as answer:
            return answer.read().decode()

    def stop(self, number=signal.SIGTERM):
        """The exit code, and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        return code, time.monotonic() - began

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self._reader.join()
        self.process.__exit__(None, None, None)
