"""Whatever stands in the environment: an answer, or a line that says what is wrong; never a traceback."""

import contextlib
import io
import json
import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from kaccess.cli.main import run
from kaccess.credentials.hot import serve
from tests.fuzz.budget import share
from tests.policy.samples import SMALL

pytestmark = pytest.mark.thorough

NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ENDPOINT_URL_STS",
    "KUBERNETES_EXEC_INFO",
    "KUBECONFIG",
    "KACCESS_POLICY",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "HOME",
    "NO_COLOR",
    "COLUMNS",
)
VALUES = st.sampled_from(
    [
        "",
        " ",
        "AKIAIOSFODNN7EXAMPLE",
        "x" * 5000,
        "../..",
        "/dev/null",
        "/dev/null/x",
        "/proc/self/mem",
        "eu-south-1",
        "2026-11-24T12:00:00Z",
        "never",
        "{}",
        "[[",
        '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {"interactive": false}}',
        '{"apiVersion": 5}',
        ":::",
        "\udcff",
        "p.yaml",
        ".",
        "caf\u00e9\n",
    ]
) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
ENVIRONMENTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)
COMMANDS = st.sampled_from(
    [
        ["validate"],
        ["fmt", "--check"],
        ["expire", "--check"],
        ["schema"],
        ["grant", "pay", "--role", "viewer", "-n", "staging", "--no-apply"],
        ["logout"],
        ["nonsense"],
    ]
)
TOKEN = ["token", "--cluster", "cardo-eks", "--region", "eu-south-1"]
ALONE = {"AWS_EC2_METADATA_DISABLED": "true", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@contextlib.contextmanager
def environment(values):
    """A folder with a policy, a home in it, and only these variables."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("p.yaml").write_text(SMALL)
        home = {"HOME": folder, "KUBECONFIG": f"{folder}/config", "KACCESS_POLICY": "p.yaml"}
        try:
            with patch.dict(os.environ, {**ALONE, **home, **values}, clear=True):
                yield Path(folder)
        finally:
            os.chdir(before)


@share(5)
@given(ENVIRONMENTS, COMMANDS, st.booleans())
def test_a_command_answers_or_says_what_is_wrong(values, command, as_json):
    out, err = io.StringIO(), io.StringIO()
    with environment(values) as folder, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exit_code = run([*command, *(["-o", "json"] if as_json else [])])
        assert (folder / "p.yaml").read_text().startswith("apiVersion")
    event(f"{command[0]}: {exit_code}")
    assert exit_code in range(6)
    assert "Traceback" not in err.getvalue()
    if as_json and command != ["schema"]:
        assert json.loads(out.getvalue())["exitCode"] == exit_code
    elif exit_code not in (0, 3):
        assert err.getvalue().strip()


@share(3)
@given(ENVIRONMENTS)
def test_the_hot_path_answers_with_a_token_or_leaves_it_to_the_command(values):
    with environment(values):
        answer = serve(TOKEN, os.environ, time.time(), lambda line: None)
    event("token" if answer else "left")
    if answer is not None:
        assert json.loads(answer)["status"]["token"].startswith("k8s-aws-v1.")
