import pytest
from click.shell_completion import ShellComplete

from kaccess.cli.main import root


def completed(*words):
    *args, typed = words
    complete = ShellComplete(root, {}, "kaccess", "_KACCESS_COMPLETE")
    return [item.value for item in complete.get_completions(args, typed)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("grant", "pay"), ["payments-developers"]),
        (("grant", "x", "--role", "dev"), ["developer"]),
        (("revoke", "x", "-n", "s"), ["staging"]),
        (("apply", "--cluster", "c"), ["cardo"]),
        (("login", "c"), ["cardo"]),
        (("pl",), ["plan"]),
    ],
)
def test_names_of_the_policy_complete(words, expected):
    assert completed(*words) == expected
    assert completed("--policy", "policies", *words) == expected


@pytest.mark.parametrize("policy", ["/nowhere", "tox.ini"])
def test_a_policy_that_cannot_be_read_completes_nothing(policy):
    assert completed("--policy", policy, "grant", "p") == []


def test_contexts_complete_from_the_kubeconfig(home):
    assert completed("login", "--use", "") == []
    context = "{name: cardo/dev, context: {extensions: [{name: kaccess.io, extension: {alias: cardo}}]}}"
    (home / "kubeconfig").write_text(f"apiVersion: v1\nkind: Config\ncontexts: [{context}]\n")
    assert completed("login", "--use", "c") == ["cardo/dev"]
