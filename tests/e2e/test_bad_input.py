"""A bad policy and bad words on the command line: one line that says what to do, and nothing is written."""

import os

import pytest

from tests.e2e.bad_check import refused, refused_as_json, state

WITHOUT_ROOTS_EYES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Runs a program as root to whom the modes of files apply."""

GRANT = ("payments-developers", "developer", "development")
LINE = "  - {group: payments-developers, role: developer, namespaces: [development]}\n"
BOMB = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n" + "".join(
    f"x{level}: &x{level} [{', '.join([f'*x{level - 1}'] * 9)}]\n" for level in range(1, 9)
)
TEST = "payments-developers cannot get pods in development"

POLICIES = {
    "an unknown role": (
        ("role: developer", "role: develper"),
        ["kaccess.yaml:24:40: unknown role 'develper' (did you mean 'developer'?)"],
    ),
    "an unknown namespace": (
        ("[development]", "[devlopment]"),
        ["kaccess.yaml:24:64: unknown namespace 'devlopment' (did you mean 'development'?)"],
    ),
    "a duplicate key": (
        ("roles:\n", "roles:\n  viewer: {cluster_role: edit}\n"),
        ["kaccess.yaml:14:3: the key 'viewer' stands here and at kaccess.yaml:13:3"],
    ),
    "a tab": (("  staging", "\tstaging"), ["kaccess.yaml:9:1: a tab; YAML is indented with spaces"]),
    "an unclosed bracket": (("staging: {}", "staging: {"), ["kaccess.yaml:12:1: not YAML: "]),
    "10 MB": (
        ("grants:", "#" * 10_000_000 + "\ngrants:"),
        ["kaccess.yaml: larger than 1048576 bytes; split the policy into a folder of files"],
    ),
    "a YAML bomb": (
        ("apiVersion", f"{BOMB}apiVersion"),
        ["kaccess.yaml:6:25: more than 250000 values, each alias counted as what it repeats"],
    ),
    "a byte that is not UTF-8": (
        ("  staging", "  # caf\udce9\n  staging"),
        ["kaccess.yaml:9:8: the byte 0xe9 is not UTF-8; save the file as UTF-8"],
    ),
    "a look-alike letter in a group": (
        ("group: payments", "group: p\u0430yments"),
        ["kaccess.yaml:24:13: 'p\\u0430yments-developers' is not a group name; expected 1 to 128 of the letters "],
    ),
    "a test that is no sentence": (
        ("grants:", "tests: [payments-developers can get]\ngrants:"),
        ["kaccess.yaml:23:9: 'payments-developers can get' is not a test; expected GROUP can|cannot VERB RESOURCE in "],
    ),
    "several problems at once": (
        (LINE, LINE.replace("developer,", "x,") + LINE.replace("[development]", "[y]")),
        [
            "kaccess.yaml:24:40: unknown role 'x'",
            "kaccess.yaml:25:64: unknown namespace 'y'",
        ],
    ),
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_with(company, name):
    (old, new), expected = POLICIES[name]
    company.policy(GRANT)
    text = company.policy_file.read_text()
    assert old in text
    company.policy_file.write_bytes(text.replace(old, new).encode(errors="surrogateescape"))
    lines = refused(company, "admin", "apply", "--yes")
    assert len(lines) == len(expected)
    assert all(line.startswith(start) for line, start in zip(lines, expected, strict=True)), lines


def test_a_policy_whose_test_does_not_hold_is_refused_by_all_who_would_write(company):
    company.policy(GRANT)
    text = company.policy_file.read_text()
    company.policy_file.write_text(text.replace("grants:", f"tests: [{TEST}]\ngrants:"))
    expected = [
        f"kaccess.yaml:23:9: {TEST}: not so, the grant of developer to payments-developers at kaccess.yaml:25:5 "
        "allows it"
    ]
    grant = ("grant", "data-engineers", "--role", "viewer", "-n", "staging", "--yes")
    assert refused(company, "admin", "apply", "--yes", code=4) == expected
    assert refused(company, "admin", *grant, code=4) == expected
    assert refused_as_json(company, "admin", *grant, code=4) == expected


def test_a_group_that_iam_does_not_know(company):
    company.policy(("payment-developers", "developer", "development"))
    expected = [
        "cardo: group payment-developers: IAM has no group 'payment-developers'; did you mean 'payments-developers'?",
        "nothing was changed; mend the policy, or pass --keep-going to apply the rest",
    ]
    assert refused(company, "admin", "apply", "--yes") == expected
    assert refused_as_json(company, "admin", "apply", "--yes") == expected
    plan = company.kaccess("admin", "plan")
    assert (plan.code, plan.err) == (1, f"error: {expected[0].replace('group', 'skipped group', 1)}\n")


def test_a_namespace_that_is_not_there(company):
    company.policy(("payments-developers", "reader", "staging"))
    company.policy_file.write_text(company.policy_file.read_text().replace("staging", "stagin"))
    assert refused(company, "admin", "apply", "--yes") == [
        "cardo: namespace stagin: does not exist and is not declared with create: true; granted at kaccess.yaml:24:5",
        "nothing was changed; mend the policy, or pass --keep-going to apply the rest",
    ]


def test_an_iam_group_without_members_gets_its_bindings_and_no_entry(company):
    company.client("iam").create_group(GroupName="newcomers")
    company.policy(("newcomers", "reader", "staging"))
    entries = company.entries()
    company.apply()
    assert company.entries() == entries
    assert ("rolebindings", "staging", "kaccess:newcomers:reader") in company.objects("rolebindings")


def test_a_person_in_two_groups_has_what_both_give(company):
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="ana")
    company.policy(GRANT, ("data-engineers", "reader", "production"))
    company.apply()
    entry = company.entries()["arn:aws:iam::111122223333:user/ana"]
    assert entry["kubernetesGroups"] == ["kaccess:data-engineers", "kaccess:payments-developers"]
    assert {namespace for who, namespace, *_ in company.access() if who.endswith("user/ana")} >= {
        "development",
        "production",
    }


PATHS = {
    ("--policy", "nope.yaml"): "nope.yaml: no such file or folder; `kaccess init` writes a first policy",
    ("--policy", "empty"): "empty: no policy in this folder; expected *.yaml or *.yml files",
    ("--policy", "/dev/zero"): "/dev/zero: not a regular file; name a policy file or a folder of them",
}


@pytest.mark.parametrize("words", PATHS)
def test_a_policy_path(company, words):
    (company.folder / "empty").mkdir()
    (company.folder / "empty" / "README.md").write_text("no policy")
    assert refused(company, "admin", *words, "apply", "--yes") == [PATHS[words]]


def test_the_variable_names_the_policy_as_the_option_does(company):
    company.extra = {"KACCESS_POLICY": "/nowhere/kaccess.yaml"}
    company.policy(GRANT)
    assert refused(company, "admin", "plan") == [
        "/nowhere/kaccess.yaml: no such file or folder; `kaccess init` writes a first policy"
    ]
    assert company.kaccess("admin", "plan", "--policy", "kaccess.yaml").code == 0


def test_no_policy_at_all(company):
    assert refused(company, "admin", "plan", code=2) == [
        "no policy here; name one with --policy, or write a first one with `kaccess init`"
    ]


def test_a_policy_that_may_not_be_read(company):
    company.policy(GRANT)
    company.policy_file.chmod(0)
    program = ("kaccess",) if os.geteuid() else (*WITHOUT_ROOTS_EYES, "kaccess")
    if company.run("admin", *program[:-1], "cat", str(company.policy_file)).code == 0:
        pytest.skip("root reads everything here")
    before = company.objects(), company.entries()
    done = company.run("admin", *program, "apply", "--yes")
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: kaccess.yaml: cannot be read: Permission denied\n"
    assert (company.objects(), company.entries()) == before


MINE = ("payments-developers", "--role", "developer", "-n", "development")
NAME = "is not a group name; expected 1 to 128 of the letters A-Z a-z 0-9 _ + = , . @ -"
WORDS = {
    ("aply",): (2, "there is no command 'aply' (did you mean 'apply'?); see `kaccess --help`"),
    ("xyz",): (2, "there is no command 'xyz'; see `kaccess --help`"),
    (): (2, "Missing command; see `kaccess --help`"),
    ("sandbox",): (2, "Missing command; see `kaccess sandbox --help`"),
    ("apply", "--yess"): (2, "No such option '--yess'. Did you mean '--yes'? see `kaccess apply --help`"),
    ("plan", "--cluster", "crado"): (2, "the policy has no cluster 'crado'; it has cardo"),
    ("grant", MINE[0], "--role", "develper", "-n", "staging"): (
        1,
        "the policy has no role 'develper' (did you mean 'developer'?)",
    ),
    ("grant", MINE[0], "--role", "developer", "-n", "stagin"): (
        1,
        "the policy has no namespace 'stagin' (did you mean 'staging'?)",
    ),
    ("grant", *MINE, "--cluster", "crado"): (1, "the policy has no cluster 'crado' (did you mean 'cardo'?)"),
    ("grant", "system:masters", *MINE[1:]): (2, f"'system:masters' {NAME}"),
    ("grant", "a b", *MINE[1:]): (2, f"'a b' {NAME}; character 2 is U+0020 SPACE"),
    ("grant", "a\nb", *MINE[1:]): (2, f"'a\\nb' {NAME}; character 2 is U+000A"),
    ("grant", "", *MINE[1:]): (2, f"'' {NAME}"),
    ("grant", "p\u0430yments", *MINE[1:]): (
        2,
        f"'p\\u0430yments' {NAME}; character 2 is U+0430 CYRILLIC SMALL LETTER A",
    ),
    ("grant", MINE[0], "-n", "staging"): (2, "Missing option '--role'; see `kaccess grant --help`"),
    ("render", "iam-policy"): (
        2,
        "Missing option '--for'. Choose from: developer, admin, reconciler, auditor; "
        "see `kaccess render iam-policy --help`",
    ),
    ("offboard", "team/ana"): (
        2,
        "'team/ana' is not an IAM user name; expected 1 to 64 of the letters A-Z a-z 0-9 _ + = , . @ -",
    ),
    **{
        ("grant", *MINE, "--for", span): (
            2,
            f"Invalid value for '--for': {span!a} is no length of time; write 30m, 8h or 2d; "
            "see `kaccess grant --help`",
        )
        for span in ("0h", "soon", "-1h", "", "\u0663h")
    },
    ("grant", *MINE, "--for", "9999999d"): (2, "--for is too long; leave it out for a grant without an end"),
    ("grant", *MINE, "--until", "tomorrow"): (
        2,
        "Invalid value for '--until': 'tomorrow' is not a time; write it like 2026-12-01T18:00:00Z; "
        "see `kaccess grant --help`",
    ),
    ("grant", *MINE, "--until", "2020-01-01T00:00:00Z"): (
        2,
        "--until 2020-01-01T00:00:00Z is in the past; name a time to come",
    ),
    ("grant", *MINE, "--until", "2090-01-01T00:00:00Z", "--for", "1h"): (
        2,
        "--for and --until both say when the grant ends; give one of them",
    ),
    ("revoke", "payments-developrs"): (
        1,
        "the policy grants nothing to 'payments-developrs' (did you mean 'payments-developers'?)",
    ),
    ("revoke", MINE[0], "--role", "viewer"): (
        1,
        "the policy does not grant the role 'viewer' to 'payments-developers'",
    ),
    ("revoke", MINE[0], "-n", "production"): (
        1,
        "the policy does not grant any role to 'payments-developers' in production",
    ),
    ("login", "crado"): (1, "there is no cluster 'crado'; did you mean 'cardo'?"),
    ("offboard",): (2, "Missing argument 'USER'; see `kaccess offboard --help`"),
    ("migrate", "--cluster", "crado"): (2, "the policy has no cluster 'crado'; it has cardo"),
    ("aws-auth", "restore", "--cluster", "crado"): (2, "the policy has no cluster 'crado'; it has cardo"),
    ("aws-auth",): (2, "Missing command; see `kaccess aws-auth --help`"),
    ("reconcile",): (2, "say how often: --once, or --every 60s"),
    ("reconcile", "--every", "soon"): (
        2,
        "Invalid value for '--every': 'soon' is no interval; write 60s, 5m or 1h; see `kaccess reconcile --help`",
    ),
    ("init", "--cluster", "my cluster=cardo-eks", "new.yaml"): (
        2,
        "'my cluster' is not a cluster alias; expected up to 100 of A-Z a-z 0-9 _ -, with a letter or digit first; "
        "character 3 is U+0020 SPACE",
    ),
    ("init", "--cluster", "cardo=", "new.yaml"): (
        2,
        "'' is not a cluster name; expected up to 100 of A-Z a-z 0-9 _ -, with a letter or digit first",
    ),
    ("init", "--cluster", "cardo-eks"): (
        2,
        "kaccess.yaml is there already; kaccess does not overwrite it; choose another path",
    ),
}


def test_words_on_the_command_line(company):
    """One sandbox for all, since none of them may change it."""
    company.policy(GRANT)
    before = state(company)
    said = {}
    for words in WORDS:
        done = company.kaccess("admin", *words)
        assert done.out == ""
        said[words] = (done.code, done.err)
    assert said == {words: (code, f"error: {line}\n") for words, (code, line) in WORDS.items()}
    assert state(company) == before


def test_a_usage_error_speaks_the_envelope_too(company):
    assert refused_as_json(company, "admin", "aply", code=2) == ["there is no command 'aply' (did you mean 'apply'?)"]


def test_a_grant_to_a_group_that_iam_does_not_know_leaves_the_policy_as_it_was(company):
    company.policy(GRANT)
    lines = refused(company, "admin", "grant", "nobody", *MINE[1:], "--yes", shown="-+@ ")
    assert lines == [
        "cardo: group nobody: IAM has no group 'nobody'; create it, or set `iam_group` for this group",
        "nothing was changed; mend the policy, or pass --keep-going to apply the rest",
    ]
