"""A page that does not tell the truth is found out."""

import re

import pytest
import yaml

from kaccess.policy.load import PolicyError
from tests.docs.fragments import load_fragment
from tests.docs.pages import WrongPage, page_of
from tests.docs.story import play


@pytest.fixture
def told(tmp_path):
    """Plays a page of this text; what is wrong with it."""

    def tell(text):
        (tmp_path / "page.md").write_text(text)
        (tmp_path / "story").mkdir()
        return play(page_of(tmp_path / "page.md"), tmp_path / "story")

    return tell


TRUE = """\
# A page

```console
$ cd / && HERE=$PWD
$ echo $HERE       # exit 0
/
$ printf '1\\n2\\n3\\n' \\
  && false         # exit 1: as it must
1
...
$ grep -c command <<END
$ no command
END
1
$ grep -c command <<<"a command"
1
```

```text note.txt
kept
```

<!--
$ HERE=hidden
-->

```console
$ echo $HERE of the three
hidden ... three
$ read answer && echo "Go? [y/N]: $answer"      # answer y
Go? [y/N]: y
```
"""


def test_a_true_page_is_true(told):
    assert told(TRUE) == []


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        ("$ echo one\ntwo", "page.md:2: `echo one` is to print\ntwo\nand printed\none"),
        ("$ echo one\none\n...\ntwo", "is to print"),
        ("$ echo one two\none", "is to print"),
        ("$ printf 'one\\ntwo\\n'\none", "is to print"),
        ("$ false", "`false` ended with 1, not 0"),
        ("$ true # exit 3", "ended with 0, not 3"),
        ("$ if", "did not end: .*syntax error"),
        ("$ exit 7", "did not end"),
        ("$ cat note.txt", "No such file"),
        ("$ read answer", "ended with 1, not 0"),
        ("$ kaccess plan", "ended with 2, not 0:\nerror: .*kaccess init"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(told, block, wrong):
    found = told(f"```console\n{block}\n```\n")
    assert len(found) == 1
    assert re.search(wrong, found[0]), found


def test_what_comes_after_a_wrong_exit_code_is_not_run(told):
    assert len(told("```console\n$ false\n$ echo one\ntwo\n```\n")) == 1


def test_all_wrong_outputs_are_told(told):
    assert len(told("```console\n$ echo one\ntwo\n$ echo three\nfour\n```\n")) == 2


def test_the_sandbox_of_a_story_ends_with_it(told, tmp_path):
    assert told("<!-- story: sandbox, policy, git, applied -->\n```console\n$ kaccess plan --check\n```\n") == []
    assert not list(tmp_path.rglob("sandbox.lock"))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("```\n$ ls\n```\n", "page.md:1: say what is in this block"),
        ("    $ ls\n", "page.md:1: an indented block"),
        ("<!-- not run: tired -->\n\nHello.\n", "page.md:3: `not run` stands before a fenced block"),
        ("```console\n$ ls\n```\n<!-- story: sandbox -->\n", "page.md:4: `story` stands once"),
        ("<!-- story: castle -->\n", "no story can need 'castle'"),
        ("```console\nls\n```\n", "page.md:2: a console block begins with a command"),
    ],
)
def test_a_page_that_breaks_a_rule_is_refused(told, text, wrong):
    with pytest.raises(WrongPage, match=wrong):
        told(text)


WHOLE = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters: {cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}}
"""


@pytest.mark.parametrize(
    "text",
    [
        f"{WHOLE}tests: [nobody can get secrets in kube-system]\n",
        "grants: [{group: g, role: r, namespaces: [n], clusters: [berlin]}]\ntests: [g can get pods in n]\n",
        "clusters: {cardo: {name: a, region: eu-south-1, account: '111122223333'}}\n",
        "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\n",
        "- one\n",
        "groups: [{name: alerts, rules: []}]\n",
    ],
)
def test_yaml_that_is_right_is_read(text):
    load_fragment(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (f"{WHOLE}grants: [{{group: g, role: r, namespaces: [n]}}]\n", "unknown role"),
        (f"{WHOLE}namespaces: {{n: }}\ntests: [g can get pods in n]\n", "no grant in force allows it"),
        (f"{WHOLE}roles: {{r: {{rules: [{{apiGroups: ['*'], resources: ['*'], verbs: ['*']}}]}}}}\n", "wildcard-all"),
        ("grants: [{group: g, role: r, namespaces: [n], untill: 1}]\n", "did you mean"),
        ("groups: {g: {iam_role: here}}\n", "ARN"),
        ("a: [\n", "expected"),
    ],
)
def test_yaml_that_is_wrong_is_refused(text, wrong):
    with pytest.raises((PolicyError, ValueError, yaml.YAMLError), match=wrong):
        load_fragment(text)
