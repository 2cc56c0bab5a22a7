"""The person's own list of clusters: what it says, and each thing that is wrong in it, at its place."""

from base64 import b64encode

import pytest

from kaccess.config import ConfigError, KnownCluster, config_path, load_config

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CA = b64encode(PEM).decode()


@pytest.fixture
def config(tmp_path):
    def write(text):
        (tmp_path / "config.yaml").write_text(text)
        return tmp_path / "config.yaml"

    return write


def test_all_that_is_said_of_a_cluster_is_read(config):
    role = "arn:aws:iam::111122223333:role/oncall"
    path = config(
        "clusters:\n"
        "  cardo: {name: cardo-eks, region: eu-south-1}\n"
        '  full: {name: full-eks, region: eu-south-1, account: "111122223333", endpoint: "https://x.example",\n'
        f"    ca: {CA}, profile: work, iam_role: '{role}'}}\n"
    )
    assert load_config(path) == {
        "cardo": KnownCluster("cardo", "cardo-eks", "eu-south-1"),
        "full": KnownCluster("full", "full-eks", "eu-south-1", "111122223333", "https://x.example", CA, "work", role),
    }


def test_a_ca_may_be_a_file_beside_the_configuration(config, tmp_path):
    (tmp_path / "ca.pem").write_bytes(PEM)
    path = config("clusters: {c: {name: c, region: eu-south-1, endpoint: 'https://x', ca: ca.pem}}")
    assert load_config(path)["c"].ca_data == CA


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "clusters:\n", "clusters: {}\n"])
def test_an_empty_configuration_has_no_clusters(config, text):
    assert load_config(config(text)) == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[]", ":1:1: the configuration must be a mapping"),
        ("cluster: {}", ":1:1: unknown key 'cluster' in the configuration (did you mean 'clusters'?)"),
        (
            "clusters: {c: {name: c, regoin: eu-south-1}}",
            ":1:25: unknown key 'regoin' in a cluster (did you mean 'region'?)",
        ),
        ("clusters: {c: {name: c}}", ":1:15: a cluster needs region"),
        ("clusters: {c: {name: c, region: Europe}}", ":1:33: 'Europe' is not a region"),
        ("clusters: {c: {name: c, region: eu-south-1, endpoint: 'https://x'}}", ":1:15: endpoint and ca come together"),
        ("clusters: {c: {name: c, region: eu-south-1, endpoint: 'http://x', ca: Y2E=}}", "is not an https URL"),
        ("clusters: {c: {name: c, region: eu-south-1, endpoint: 'https://x', ca: gone.pem}}", "gone.pem: No such file"),
        ("clusters: {c: {name: [c], region: eu-south-1}}", ":1:22: name must be text"),
        ("clusters: {c: 1}", ":1:15: a cluster must be a mapping"),
        ("clusters: {c: {name: c, region: eu-south-1}, c: {}}", ":1:46: 'c' is there twice in clusters"),
        ("clusters: {'c/d': {name: c, region: eu-south-1}}", ":1:12: 'c/d' is not a cluster alias"),
        ("clusters: ]", ":1:11: not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(config, text, line):
    path = config(text)
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    assert str(path) in str(refused.value)
    assert line in str(refused.value)


def test_a_file_that_was_named_must_be_there(tmp_path):
    with pytest.raises(ConfigError, match="No such file or directory; name another with --config"):
        load_config(tmp_path / "gone.yaml")


def test_the_named_file_comes_before_that_of_the_environment_and_the_usual_one(tmp_path):
    usual = tmp_path / ".config/kaccess/config.yaml"
    assert config_path(None, {}, tmp_path) is None
    usual.parent.mkdir(parents=True)
    usual.write_text("")
    assert config_path(None, {}, tmp_path) == usual
    assert config_path(None, {"XDG_CONFIG_HOME": "relative"}, tmp_path) == usual
    assert config_path(None, {"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path) is None
    named = config_path(None, {"KACCESS_CONFIG": "/named"}, tmp_path)
    assert str(named) == "/named"
    assert config_path(usual, {"KACCESS_CONFIG": "/named"}, tmp_path) == usual
