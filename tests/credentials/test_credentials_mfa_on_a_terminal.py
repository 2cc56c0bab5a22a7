"""`kaccess token` with a profile that needs MFA: as kubectl runs it, on a terminal and in the background."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.aws.fake_sts import CODE, FakeSts
from tests.credentials.mfa_person import PROMPT, words
from tests.credentials.terminal import BEHIND, PATIENCE, Terminal, run


def test_a_code_is_asked_for_on_the_terminal_and_then_not_again(
    terminal: Terminal, person: dict[str, str], sts: FakeSts
) -> None:
    call = terminal.start(person, *words())
    terminal.wait_for(PROMPT)
    terminal.type(CODE)
    stdout, stderr = call.communicate(timeout=PATIENCE)

    assert call.returncode == 0, stderr
    assert json.loads(stdout)["kind"] == "ExecCredential"
    assert stderr == b""
    assert CODE not in terminal.look()
    assert terminal.seen.count(PROMPT) == 1

    assert run(person, *words("other-eks")).returncode == 0
    assert sts.actions() == ["GetSessionToken"]
    for more in ((), ("--role-arn", "arn:aws:iam::111122223333:role/oncall")):
        found = run(person, *words("other-eks", "dev", *more))
        assert (found.returncode, found.stderr) == (0, "")
    assert sts.count("GetSessionToken") == 1
    assert {call["RoleSessionName"] for call in sts.calls if call["Action"] == "AssumeRole"} == {"ana"}


def test_in_the_background_it_fails_at_once_with_what_to_run(person: dict[str, str], sts: FakeSts) -> None:
    found = run(person, *words())
    assert (found.returncode, found.stdout) == (5, "")
    assert re.fullmatch(r"error: .* no terminal to ask on; run `kaccess login --profile me` in one\n", found.stderr)
    assert sts.calls == []


@pytest.mark.parametrize("interactive", ['"spec": {"interactive": false}', "nonsense"])
def test_a_client_that_wants_no_questions_gets_none(
    terminal: Terminal, person: dict[str, str], interactive: str
) -> None:
    info = f'{{"apiVersion": "client.authentication.k8s.io/v1", {interactive}}}'
    call = terminal.start({**person, "KUBERNETES_EXEC_INFO": info}, *words())
    assert b"kaccess login --profile me" in call.communicate(timeout=PATIENCE)[1]
    assert call.returncode == 5
    assert terminal.look() == ""


def test_a_job_in_the_background_of_a_terminal_asks_nothing(terminal: Terminal, person: dict[str, str]) -> None:
    call = terminal.start(person, *words(), place=BEHIND)
    assert b"kaccess login --profile me" in call.communicate(timeout=PATIENCE)[1]
    assert call.returncode == 5
    assert terminal.look() == ""


def test_a_burst_of_calls_asks_once(person: dict[str, str], sts: FakeSts) -> None:
    terminals = [Terminal() for _ in range(8)]
    calls = [each.start(person, *words()) for each in terminals]
    asked: list[Terminal] = []
    while not asked:
        asked = [each for each in terminals if PROMPT in each.look()]
    asked[0].type(CODE)
    answers = {call.communicate(timeout=PATIENCE)[0] for call in calls}

    assert {call.returncode for call in calls} == {0}
    assert len(answers) == 1
    assert sum(each.look().count(PROMPT) for each in terminals) == 1
    assert sts.count("GetSessionToken") == 1
    for each in terminals:
        each.close()


def test_without_a_keyring_the_token_is_kept_and_the_session_is_not(
    terminal: Terminal, person: dict[str, str], tmp_path: Path
) -> None:
    person |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    call = terminal.start(person, *words())
    terminal.wait_for(PROMPT)
    terminal.type(CODE)
    stdout, stderr = call.communicate(timeout=PATIENCE)

    assert stderr.count(b"no system keyring") == 1
    assert run(person, *words()).stdout.encode() == stdout
    assert run(person, *words("other-eks")).returncode == 5
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "secret-of-" not in written
    assert "token-of-" not in written


def test_giving_up_is_quiet(terminal: Terminal, person: dict[str, str]) -> None:
    call = terminal.start(person, *words())
    terminal.wait_for(PROMPT)
    terminal.type("\x03")
    stdout, stderr = call.communicate(timeout=PATIENCE)
    assert (call.returncode, stdout) == (130, b"")
    assert b"Traceback" not in stderr
