"""The hot path: what it answers, what it leaves to the command line, and what it loads."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaccess.credentials.errors import CredentialError
from kaccess.credentials.exec_credential import api_version, render
from kaccess.credentials.hot import serve
from kaccess.credentials.token import Token

ROOT = Path(__file__).parents[2]
ARGV = ("token", "--cluster", "cardo-eks", "--region", "eu-south-1")
GROUP = "client.authentication.k8s.io"
FREE_ON_A_HIT = {"__future__", "binascii", "kaccess", "kaccess.__main__", "kaccess.credentials", "kaccess.files"} | {
    f"kaccess.credentials.{name}" for name in ("cache", "caller", "exec_credential", "hot", "token")
}
PROGRAM = """
import sys
before = set(sys.modules)
from kaccess.__main__ import main
code = main()
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""


def run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    environ = {**environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd="/")


def test_a_hit_loads_next_to_nothing(environ):
    miss = run(environ, *ARGV)
    hit = run(environ, *ARGV)

    assert (hit.returncode, hit.stdout) == (0, miss.stdout)
    assert set(hit.stderr.split()) <= FREE_ON_A_HIT


def test_a_miss_with_plain_keys_loads_nothing_outside_the_standard_library(environ):
    loaded = set(run(environ, *ARGV).stderr.split())

    rooms = {name for name in loaded if name.startswith("kaccess.") and name.count(".") == 1}
    assert rooms == {"kaccess.__main__", "kaccess.credentials", "kaccess.files", "kaccess.model"}
    assert {name.split(".")[0] for name in loaded} - {"kaccess"} <= set(sys.stdlib_module_names) | {"__future__"}


def test_the_answer_is_an_exec_credential(environ):
    found = json.loads(run(environ, *ARGV).stdout)

    assert (found["kind"], found["apiVersion"]) == ("ExecCredential", f"{GROUP}/v1beta1")
    assert found["status"]["token"].startswith("k8s-aws-v1.")
    end = time.strptime(found["status"]["expirationTimestamp"], "%Y-%m-%dT%H:%M:%SZ")
    assert 13 * 60 < time.mktime(end) - time.mktime(time.gmtime()) <= 14 * 60


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_the_version_that_is_asked_for_is_answered(environ, version):
    info = json.dumps({"kind": "ExecCredential", "apiVersion": f"{GROUP}/{version}", "spec": {"interactive": True}})
    answer = serve(ARGV, {**environ, "KUBERNETES_EXEC_INFO": info}, time.time(), pytest.fail)

    assert answer is not None
    assert json.loads(answer)["apiVersion"] == f"{GROUP}/{version}"


@pytest.mark.parametrize(
    "info", ["nonsense", "{}", f'{{"apiVersion":"{GROUP}/v1alpha1"}}', f'{{"apiVersion":"{GROUP}/v2"}}']
)
def test_a_version_that_is_not_known_is_left_to_the_command_line_which_says_so(environ, info):
    assert serve(ARGV, {**environ, "KUBERNETES_EXEC_INFO": info}, time.time(), pytest.fail) is None
    with pytest.raises(CredentialError, match="KUBERNETES_EXEC_INFO asks for none of") as caught:
        render(Token("k8s-aws-v1.x", 0), info)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("unset", [None, ""])
def test_without_a_client_every_client_understands_the_answer(unset):
    assert api_version(unset) == f"{GROUP}/v1beta1"


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("login",),
        ("token",),
        ("token", "--cluster", "c"),
        ("token", "--region", "eu-south-1"),
        ("token", "--cluster", "c", "--region"),
        ("token", "--cluster", "--region", "--region", "eu-south-1"),
        ("token", "--cluster", "", "--region", "eu-south-1"),
        ("token", "--cluster=c", "--region", "eu-south-1"),
        (*ARGV, "--cluster", "d"),
        (*ARGV, "-v"),
        (*ARGV, "--help"),
        (*ARGV, "--output", "json"),
        ("--profile", "p", *ARGV),
    ],
)
def test_other_command_lines_are_left_to_the_command_line(environ, argv):
    assert serve(argv, environ, time.time(), pytest.fail) is None


@pytest.mark.parametrize(
    ("extra", "changes"),
    [
        (("--profile", "missing"), {}),
        (("--role-arn", "arn:aws:iam::111122223333:role/x"), {}),
        ((), {"AWS_ACCESS_KEY_ID": ""}),
        ((), {"AWS_SESSION_TOKEN": "t" * 4000}),
    ],
)
def test_what_takes_more_than_reading_a_file_is_left_to_the_command_line(environ, extra, changes):
    assert serve((*ARGV, *extra), {**environ, **changes}, time.time(), pytest.fail) is None


def test_bad_names_are_left_to_the_command_line(environ):
    for cluster, region in (("a b", "eu-south-1"), ("c", "nowhere")):
        argv = ("token", "--cluster", cluster, "--region", region)
        assert serve(argv, environ, time.time(), pytest.fail) is None


def test_a_profile_of_the_shared_file_is_served(environ):
    path = Path(environ["AWS_SHARED_CREDENTIALS_FILE"])
    path.write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n")
    argv = (*ARGV, "--profile", "work")
    first = serve(argv, environ, time.time(), pytest.fail)

    assert first is not None
    assert serve(argv, environ, time.time(), pytest.fail) == first
    assert serve(ARGV, environ, time.time(), pytest.fail) != first


def test_a_warning_is_passed_on_with_the_answer_alone(environ, runtime):
    (runtime / "kaccess").mkdir()
    (runtime / "kaccess").chmod(0o755)
    warnings: list[str] = []

    assert serve((*ARGV, "--profile", "missing"), environ, time.time(), warnings.append) is None
    assert warnings == []
    assert serve(ARGV, environ, time.time(), warnings.append) is not None
    assert len(warnings) == 1


def test_a_burst_of_calls_gets_one_token(environ):
    command = [sys.executable, "-c", PROGRAM, *ARGV]
    environ = {**environ, "PYTHONPATH": str(ROOT)}
    calls = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(50)
    ]
    answers = {call.communicate(timeout=60)[0] for call in calls}

    assert len(answers) == 1
    assert {call.returncode for call in calls} == {0}
