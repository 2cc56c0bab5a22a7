"""Login as a developer meets it: several ways in, several clusters, a list of clusters of one's own, a shell apart."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

ACCOUNT = "111122223333"
ASSUME = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}
groups:
  data-engineers: {assume: true}
namespaces:
  development: {create: true}
  staging: {}
  production: {}
roles:
  viewer: {cluster_role: view}
  reader: {rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]}
grants:
"""
GRANTED = (("payments-developers", "viewer", "staging"), ("payments-developers", "reader", "development"))


def kubeconfig(company, person):
    return yaml.safe_load((company.folder / f"homes/{person}/.kube/config").read_text())


def contexts(company, person):
    return [context["name"] for context in kubeconfig(company, person)["contexts"]]


def without_policy(company, person):
    """The policy is not on this person's machine."""
    company.policy_file.rename(company.folder / "elsewhere.yaml")
    folder = company.folder / "homes" / person / ".config/kaccess"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "config.yaml"


@pytest.fixture
def granted(company):
    company.policy(*GRANTED)
    company.apply()
    return company


@pytest.fixture
def assuming(company):
    """carla, a data engineer, reaches production by the role of her group alone."""
    company.policy(("data-engineers", "viewer", "production"), head=ASSUME)
    company.apply()
    return company


def see_own_groups(company, person):
    """What `render iam-policy` gives developers lets them see their own groups."""
    done = company.kaccess("admin", "render", "iam-policy", "--for", "developer")
    assert done.code == 0, done.said
    company.client("iam").put_user_policy(UserName=person, PolicyName="self", PolicyDocument=done.out)


@pytest.mark.parametrize("known_by", ["policy", "iam", "configuration"])
def test_the_role_of_a_group_is_found_and_assumed_without_a_flag(assuming, known_by):
    role = f"arn:aws:iam::{ACCOUNT}:role/kaccess/kaccess-data-engineers"
    if known_by == "iam":
        see_own_groups(assuming, "carla")
        without_policy(assuming, "carla")
        done = assuming.kaccess("carla", "login", "cardo-eks")
    elif known_by == "configuration":
        config = without_policy(assuming, "carla")
        config.write_text(f"clusters: {{cardo-eks: {{name: cardo-eks, region: eu-south-1, iam_role: '{role}'}}}}")
        done = assuming.kaccess("carla", "login")
    else:
        done = assuming.kaccess("carla", "login")
    assert done.code == 0, done.said
    (user,) = kubeconfig(assuming, "carla")["users"]
    assert user["user"]["exec"]["args"][-2:] == ["--role-arn", role]
    (context,) = contexts(assuming, "carla")
    pods = assuming.run("carla", "kubectl", "--context", context, "get", "pods")
    assert pods.code == 0, pods.said
    who = json.loads(assuming.kaccess("carla", "whoami", "-o", "json", context.split("/")[0]).out)
    (entry,) = who["data"]["clusters"][0]["entries"]
    assert entry["username"].endswith("assumed-role/kaccess-data-engineers/carla")


def test_without_any_way_to_find_the_role_one_is_told_what_to_ask_for(assuming):
    without_policy(assuming, "carla")
    done = assuming.kaccess("carla", "login", "cardo-eks")
    assert done.code == 1
    assert "name that as iam_role in ~/.config/kaccess/config.yaml" in done.err
    assert "kaccess grant GROUP" in done.err


def test_who_is_in_both_kinds_of_groups_gets_the_contexts_of_both(assuming):
    assuming.client("iam").add_user_to_group(GroupName="payments-developers", UserName="carla")
    assuming.policy(
        ("payments-developers", "reader", "production"), ("data-engineers", "viewer", "production"), head=ASSUME
    )
    assuming.apply()
    done = assuming.kaccess("carla", "login")
    assert done.code == 0, done.said
    assert contexts(assuming, "carla") == ["cardo/production", "cardo/production@data-engineers"]
    assert "cardo/production@data-engineers" in done.out
    for context, code in (("cardo/production", 1), ("cardo/production@data-engineers", 0)):
        assert assuming.run("carla", "kubectl", "--context", context, "get", "configmaps").code == code
    assert assuming.kaccess("carla", "can-i", "get", "configmaps", "-n", "production").out == "cardo: yes\n"


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(granted):
    for words in (("login", "crado"), ("whoami", "crado"), ("can-i", "get", "pods", "--cluster", "crado")):
        done = granted.kaccess("ben", *words)
        assert (done.code, done.err) == (1, "error: there is no cluster 'crado'; did you mean 'cardo'?\n")


def test_a_cluster_goes_by_its_name_in_eks_too(granted):
    assert granted.kaccess("ben", "login", "cardo-eks").code == 0
    assert contexts(granted, "ben") == ["cardo/development", "cardo/staging"]


def test_clusters_that_do_not_answer_are_skipped_and_reported(granted):
    config = without_policy(granted, "ben")
    dead = f"endpoint: 'https://127.0.0.1:1', ca: {granted.sandbox.ca_data}"
    config.write_text(
        "clusters:\n"
        "  cardo: {name: cardo-eks, region: eu-south-1}\n"
        f"  dead: {{name: dead-eks, region: eu-south-1, {dead}}}\n"
        "  gone: {name: gone-eks, region: eu-south-1}\n"
    )
    done = granted.kaccess("ben", "login")
    assert done.code == 1
    assert "cardo/staging" in done.out
    errors = done.err.splitlines()
    assert len(errors) == 2
    assert "127.0.0.1:1 cannot be reached: it refuses connections" in errors[0]
    assert "gone-eks" in errors[1]
    assert contexts(granted, "ben") == ["cardo/development", "cardo/staging"]


def test_whoever_may_not_describe_the_cluster_names_its_endpoint_and_ca(granted):
    config = without_policy(granted, "ben")
    company_iam = granted.client("iam")
    company_iam.delete_group_policy(GroupName="payments-developers", PolicyName="access")
    assert "eks:DescribeCluster" in granted.kaccess("ben", "login", "cardo-eks").err
    (config.parent / "cardo.pem").write_bytes(granted.sandbox.address.ca_file.read_bytes())
    cluster = f"{{name: cardo-eks, region: eu-south-1, endpoint: '{granted.sandbox.kube_url}', ca: cardo.pem}}"
    config.write_text(f"clusters:\n  mine: {cluster}\n")
    done = granted.kaccess("ben", "login")
    assert done.code == 0, done.said
    assert granted.run("ben", "kubectl", "--context", "mine/staging", "get", "pods").code == 0


def test_a_cluster_in_another_account_is_not_taken_for_this_one(granted):
    granted.policy_file.write_text(granted.policy_file.read_text().replace(ACCOUNT, "999900001111"))
    done = granted.kaccess("ben", "login")
    assert done.code == 1
    assert f"in the AWS account 999900001111 and your credentials are of {ACCOUNT}" in done.err


def test_the_table_fits_a_terminal_and_says_how_long_and_what_to_paste_into_lens(granted):
    done = granted.kaccess(
        "admin", "grant", "payments-developers", "--role", "reader", "-n", "production", "--for", "1h", "--yes"
    )
    assert done.code == 0, done.said
    out = granted.kaccess("ben", "login").out
    assert max(map(len, out.split("written to")[0].splitlines())) <= 80
    assert "UTC, in 59 min" in out
    assert "accessible namespaces of cardo: development,production,staging" in out


def test_a_context_that_only_changes_its_name_has_not_lost_its_grant(granted):
    for words, cut in (
        (("login",), ""),
        (("login", "--one-context"), "the whole cluster"),
        (("login",), "each namespace"),
    ):
        done = granted.kaccess("ben", *words)
        assert done.code == 0, done.said
        assert f"replaced by one for {cut}" in done.out or not cut
        assert "its grant is gone" not in done.out


def test_keys_of_the_environment_are_not_taken_for_those_of_its_profile(granted):
    key, secret = granted.sandbox.keys["ben"]
    # dario's shell names his profile, and the AWS CLI, too, would use the keys.
    environ = {**granted.environment("dario"), "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    for words in (("kaccess", "login"), ("kubectl", "auth", "whoami")):
        done = subprocess.run(
            words, cwd=granted.folder, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "user/ben" in done.stdout
    (user,) = kubeconfig(granted, "dario")["users"]
    assert "--profile" not in user["user"]["exec"]["args"]


def test_print_writes_nothing_and_stdout_is_a_kubeconfig(granted):
    done = granted.kaccess("ben", "login", "--print", "--one-context")
    assert done.code == 0
    assert [context["name"] for context in yaml.safe_load(done.out)["contexts"]] == ["cardo"]
    assert "cardo" in done.err
    assert not (granted.folder / "homes/ben/.kube").exists()


def isolated(company, script, **extra):
    """Run a script in the shell that `login --isolated` starts."""
    environ = {**company.environment("ben"), "SHELL": "/bin/sh", **extra}
    words = ("kaccess", "login", "--isolated", "--use", "cardo/staging")
    return subprocess.run(
        words, cwd=company.folder, env=environ, input=script, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_isolated_shell_has_its_own_kubeconfig_that_ends_with_it(granted):
    script = 'echo "$KACCESS_ISOLATED $KUBECONFIG"; kubectl config current-context; kubectl get pods && exit 7'
    done = isolated(granted, script)
    assert done.returncode == 7, done.stderr
    hint, path = done.stdout.splitlines()[0].split()
    assert (hint, done.stdout.splitlines()[1]) == ("cardo", "cardo/staging")
    assert not Path(path).parent.exists()
    assert not (granted.folder / "homes/ben/.kube/config").exists()


def test_an_isolated_shell_that_is_killed_or_not_there_leaves_nothing(granted, tmp_path):
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    killed = isolated(granted, "kill -TERM $$", XDG_RUNTIME_DIR=str(runtime))
    assert killed.returncode == 128 + signal.SIGTERM
    missing = isolated(granted, "", SHELL="/nowhere/sh", XDG_RUNTIME_DIR=str(runtime))
    assert missing.returncode == 1
    assert "/nowhere/sh: No such file or directory; set SHELL" in missing.stderr
    assert [path.name for path in runtime.iterdir()] == ["kaccess"]


def test_logout_takes_back_what_login_wrote_and_forgets_the_tokens(granted):
    assert granted.kaccess("ben", "login").code == 0
    assert granted.kubectl("ben", "staging", "get", "pods").code == 0
    done = granted.kaccess("ben", "logout")
    assert "removed context cardo/staging" in done.out
    assert "forgot 1 cached token\n" in done.out
    assert not list((granted.folder / "homes/ben/.cache/kaccess/tokens").glob("*.token"))
    assert granted.kaccess("ben", "logout").out == "nothing to remove\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("get", "pods", "-n", "development", "--group", "payments-developers"), 0, "cardo: yes"),
        (("delete", "pods", "-n", "development", "--group", "payments-developers"), 1, "cardo: no"),
        (("get", "pods", "-n", "production", "--group", "payments-developers"), 1, "cardo: no"),
        (("get", "pods", "-n", "staging", "--group", "payments-developer"), 2, "did you mean 'payments-developers'?"),
        (("get", "pods", "-n", "staging"), 2, "--offline and --group go together"),
    ],
)
def test_can_i_offline_asks_the_policy_alone(company, words, code, said):
    company.policy(("payments-developers", "reader", "development"))
    company.extra = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    done = company.kaccess("ben", "can-i", *words, "--offline")
    assert done.code == code
    assert said in done.said


@pytest.mark.thorough
def test_fifty_logins_at_once_some_of_them_killed_lose_nothing(granted):
    """Each is a whole process; whoever is killed may leave the file as it was, and never anything else."""
    path = granted.folder / "homes/ben/.kube/config"
    path.parent.mkdir(parents=True)
    foreign = "# mine\napiVersion: v1\nkind: Config\ncontexts:\n- {name: office, context: {cluster: office}}   # keep\n"
    path.write_text(foreign)
    seed = random.randrange(2**32)
    moments = random.Random(seed)
    logins = [granted.start("ben", "kaccess", "login") for _ in range(50)]
    victims = moments.sample(logins, 15)
    for victim in victims:
        time.sleep(moments.random())
        victim.kill()
        yaml.safe_load(path.read_text())
    ended = [(login in victims, login.communicate(timeout=300)[1], login.returncode) for login in logins]
    # Fifty at once can be more than the machine bears: who had no answer in time says so, and loses nothing either.
    failed = [each for each in ended if not each[0] and each[2] != 0 and "did not answer in time" not in each[1]]
    assert failed == [], f"seed {seed}"
    assert contexts(granted, "ben") == ["office", "cardo/development", "cardo/staging"], f"seed {seed}"
    remaining = iter(path.read_text().splitlines())
    assert all(line in remaining for line in foreign.splitlines())
    assert granted.kubectl("ben", "staging", "get", "pods").code == 0
