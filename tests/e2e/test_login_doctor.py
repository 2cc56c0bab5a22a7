"""The doctor on a company's machines: all well, and each break found where it is."""

import json
from datetime import datetime, timezone

import pytest

from kaccess.sandbox.certificates import Authority

GRANTED = (("payments-developers", "viewer", "staging"),)
DEAD = "http://127.0.0.1:1"


def outcomes(company, person="ben"):
    done = company.kaccess(person, "doctor", "-o", "json")
    found = {each["check"]: each for each in json.loads(done.out)["data"]["checks"]}
    assert done.code == int(any(each["outcome"] == "failure" for each in found.values()))
    assert all(each["next"] for each in found.values() if each["outcome"] != "ok"), found
    return {name: each["outcome"] for name, each in found.items()}, found


@pytest.fixture
def granted(company):
    company.policy(*GRANTED)
    company.apply()
    return company


def test_where_all_is_well_every_step_of_the_way_is_ok(granted):
    assert granted.kaccess("ben", "login").code == 0
    found, _ = outcomes(granted)
    steps = ["endpoint", "DNS", "TLS", "entry", "groups", "bindings"]
    assert [name for name, outcome in found.items() if outcome == "ok"] == [
        *("credentials", "clock", "region"),
        *(f"{step} of cardo" for step in steps),
        *("kubeconfig", "plugin", "kubectl"),
    ]
    assert {found["keyring"], found["graphical programs"]} == {"warning"}
    lines = granted.kaccess("ben", "doctor").out.splitlines()
    assert {line.split()[0] for line in lines} == {"ok", "warning"}
    assert "ok       bindings of cardo: proven in staging" in lines


def test_without_credentials_the_first_failure_says_what_to_do(granted):
    granted.extra = {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_CONFIG_FILE": "/nowhere", "AWS_PROFILE": "default"}
    found, _ = outcomes(granted)
    assert found["credentials"] == "failure"
    assert found["clock"] == "warning"
    assert found["endpoint of cardo"] == "failure"
    assert found["entry of cardo"] == "warning"


def test_who_has_no_entry_is_told_so_at_that_step(granted):
    found, said = outcomes(granted, "dario")
    assert (found["TLS of cardo"], found["entry of cardo"], found["groups of cardo"]) == ("ok", "failure", "warning")
    assert "does not know" in said["entry of cardo"]["says"]


def test_an_aws_that_does_not_answer_is_a_failure_and_not_a_crash(granted):
    granted.extra = {"AWS_ENDPOINT_URL": DEAD}
    found, _ = outcomes(granted)
    assert (found["credentials"], found["clock"], found["endpoint of cardo"]) == ("failure", "warning", "failure")


def test_a_policy_that_cannot_be_read_is_one_failure_among_the_checks(granted):
    granted.policy_file.write_text("nonsense")
    found, _ = outcomes(granted)
    assert (found["credentials"], found["clusters"], found["kubectl"]) == ("ok", "failure", "ok")


def test_an_api_server_of_another_ca_is_found_at_tls(granted):
    granted.policy_file.rename(granted.folder / "elsewhere.yaml")
    other = Authority(granted.folder, "another authority", datetime.now(timezone.utc)).ca_file
    config = granted.folder / "config.yaml"
    config.write_text(
        "clusters:\n"
        f"  cardo: {{name: cardo-eks, region: eu-south-1, endpoint: '{granted.sandbox.kube_url}', ca: '{other}'}}\n"
        f"  lost: {{name: lost-eks, region: eu-south-1, endpoint: 'https://lost.invalid', ca: '{other}'}}\n"
    )
    granted.extra = {"KACCESS_CONFIG": str(config)}
    found, said = outcomes(granted)
    assert (found["TLS of cardo"], found["entry of cardo"]) == ("failure", "warning")
    assert "is not trusted" in said["TLS of cardo"]["says"]
    assert (found["DNS of lost"], found["TLS of lost"]) == ("failure", "warning")


def test_a_kubeconfig_and_a_plugin_that_are_broken_are_named(granted):
    assert granted.kaccess("ben", "login").code == 0
    path = granted.folder / "homes/ben/.kube/config"
    path.write_text(path.read_text().replace("/kaccess\n", "/moved/kaccess\n"))
    found, _ = outcomes(granted)
    assert (found["kubeconfig"], found["plugin"], found["graphical programs"]) == ("ok", "failure", "warning")
    path.write_text("{")
    assert outcomes(granted)[0]["kubeconfig"] == "failure"
