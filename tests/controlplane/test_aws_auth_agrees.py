"""aws-auth on the real authenticator: it reads what kaccess reads, and sees of others no change when kaccess writes."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from kaccess.kube.api import KubeApi
from kaccess.kube.aws_auth.errors import Unreadable
from kaccess.model.errors import Refused
from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import AwsAuth, Entry
from tests.kube.aws_auth_files import OURS, ROLES, USERS, make_file

from . import test_authenticator as tokens
from .servers import ControlPlane
from .summary import Summary
from .support import wait_until

pytestmark = pytest.mark.controlplane

FILES = 40
SESSION = "ana"
KEYS = {arn: f"AKIAAWSAUTH{number:02}" for number, arn in enumerate(USERS + ROLES)}
PATH = "/api/v1/namespaces/kube-system/configmaps"
LOADED = "Received aws-auth watch event"
View = tuple[str, frozenset[str]] | None

cluster = tokens.cluster


@pytest.fixture(scope="module", autouse=True)
def _people() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for arn, key in KEYS.items():
            who = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{SESSION}"
            identity = (who, f"AROA{key}:{SESSION}") if arn in ROLES else (arn, f"AIDA{key}")
            patch.setitem(tokens.PEOPLE, key, identity)
        yield


@pytest.fixture(scope="module")
def api(cluster: ControlPlane) -> Iterator[KubeApi]:
    ca_data = base64.b64encode(cluster.ca_file.read_bytes()).decode()
    with KubeApi(cluster.url, ca_data, lambda: cluster.admin_token) as api:
        yield api


def test_generated_files_are_read_alike_and_others_keep_what_they_have(
    cluster: ControlPlane, api: KubeApi, summary: Summary
) -> None:
    writes = 0
    for seed in range(FILES):
        random = Random(seed)
        replace_file(cluster, make_file(random).data)
        before = views(cluster)
        check_reading(api.aws_auth(), before)
        for principal in random.sample(USERS + ROLES, 2):
            if write(cluster, api, principal, tuple(sorted(random.sample(OURS, random.randint(0, 2))))):
                writes += 1
                after = views(cluster)
                check_reading(api.aws_auth(), after)
                assert after | {principal: None} == before | {principal: None}, f"seed {seed}: others changed"
                before = after
    summary.add(f"aws-auth: {FILES} generated files, {writes} rows written, {len(KEYS)} principals asked each time")
    assert writes > FILES


def write(cluster: ControlPlane, api: KubeApi, principal: str, ours: tuple[str, ...]) -> bool:
    """Give a principal these groups of ours as a plan would; whether that was a write."""
    live = next((entry for entry in api.aws_auth().rows if entry.identity == principal.lower()), None)
    groups = tuple(sorted({*ours, *(live.foreign_groups if live else ())}))
    if groups == (live.kube_groups if live else ()):
        return False
    gone = live is not None and live.owned and not groups
    after = None if gone else Entry(live.principal if live else principal, groups, backend=Backend.AWS_AUTH)
    seen = events(cluster)
    try:
        api.write(Change(live, after, "differs"))
    except Refused:
        return False
    settle(cluster, seen)
    return True


def check_reading(found: AwsAuth, seen: dict[str, View]) -> None:
    """Our reading of the file against what the API server was told of everybody."""
    rows = {entry.identity: entry for entry in found.rows}
    for arn, view in seen.items():
        entry = rows.get(arn.lower())
        session = SESSION if arn in ROLES else ""
        if entry is not None and entry.username:
            rendered = {name.replace("{{SessionName}}", session) for name in entry.kube_groups}
            assert view is not None, arn
            assert view[1] - {"system:authenticated", ""} == rendered - {""}, arn
            assert view[0] == entry.username.replace("{{SessionName}}", session), arn
        elif entry is None:
            may_enter = tokens.ACCOUNT in found.accounts
            assert (view is not None) == may_enter, arn
            assert view is None or view[1] == {"system:authenticated"}, arn


@pytest.mark.parametrize(
    "text",
    [
        "- userarn: {0}\n  username: a\n  groups: [x]\n  note: 1\n  note: 2\n",
        "\ufeff- userarn: {0}\n  username: a\n  groups: [x]\n",
        "# \x85- userarn: {0}\n  username: a\n  groups: [x]\n",
        "# \u2028- userarn: {0}\n  username: a\n  groups: [x]\n",
        "# a\r- userarn: {0}\r  username: a\r  groups: [x]\r",
        "-\n  userarn: {0}\n  username: |-\n    a\n  ? groups\n  : - x\n",
        "---\n- userarn: !!str {0}\n  username: &a 'a'\n  groups: [*a, 'x',]\n...\n",
        "- &row\n  userarn: {0}\n  username: a\n  groups: [x]\n- *row\n",
        "- USERARN: {0}\n  u\u017fername: a\n  Groups:\n    - x\n     - y\n",
        "- userarn: {0}\n  username: a\n  groups:\n- userarn: {1}\n  username: b\n",
        "- userarn: {0}\n  username: a\n  groups: [x]\n- sso: {{}}\n- username: c\n- {{}}\n",
        '[{{"userarn": "{0}", "username": "\\u0061", "groups": ["a b", "x"], "n": {{"1": null}}}}]',
        "- {{userarn: {0}, username: a, groups: [2026-11-24x, 1.2.3.x, x:y, a=b]}}\n",
        "- userarn: {0}\n  username: a\n  groups: [x]\n  1: 2\n  2.5: x\n  yes: no\n  2026-11-24: x\n",
    ],
)
def test_odd_files_are_read_alike(cluster: ControlPlane, api: KubeApi, text: str) -> None:
    replace_file(cluster, {"mapUsers": text.format(*USERS)})
    seen = views(cluster)
    assert seen[USERS[0]] is not None
    check_reading(api.aws_auth(), seen)


@pytest.mark.parametrize(
    "text",
    [
        "- userarn: [",
        "- {a: b}\n- hello\n  : x",
        "userarn: x",
        f"- userarn: {USERS[1]}\n  username: ben\n  groups: [x]\n  note: .nan\n",
        f"- userarn: {USERS[1]}\n  username: ben\n  groups: [x]\n  note: {{~: b}}\n",
        f"- userarn: {USERS[1]}\n  username: ben\n  groups: [x]\n  note: !!int b\n",
    ],
)
def test_what_kaccess_refuses_the_server_drops_as_a_whole(cluster: ControlPlane, api: KubeApi, text: str) -> None:
    replace_file(cluster, {"mapUsers": f"- userarn: {USERS[0]}\n  username: ana\n  groups: [x]\n{text}"})
    assert set(views(cluster).values()) == {None}
    with pytest.raises(Unreadable):
        api.aws_auth()


def replace_file(cluster: ControlPlane, data: dict[str, str]) -> None:
    """Put this file in the cluster, whatever was there; returns when the authenticator has it."""
    cluster.request("DELETE", f"{PATH}/aws-auth")
    seen = events(cluster)
    body: dict[str, Any] = {"metadata": {"name": "aws-auth"}, "data": data}
    assert cluster.request("POST", PATH, body)[0] == 201
    settle(cluster, seen)


def views(cluster: ControlPlane) -> dict[str, View]:
    """Who the API server takes each principal to be; None for those it refuses."""
    found: dict[str, View] = {}
    for arn, key in KEYS.items():
        who = tokens.who(cluster, key)
        found[arn] = None if who is None else (who.get("username", ""), frozenset(who["groups"]))
    return found


def events(cluster: ControlPlane) -> int:
    assert cluster.authenticator is not None
    return (cluster.authenticator.folder / "aws-iam-authenticator.log").read_text().count(LOADED)


def settle(cluster: ControlPlane, seen: int) -> None:
    """Wait until the authenticator has heard of a write; it says so just before it takes it in."""
    wait_until(lambda: events(cluster) > seen)
    time.sleep(0.05)
