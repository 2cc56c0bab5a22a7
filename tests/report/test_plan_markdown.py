"""Plans as Markdown: readable, and safe whatever names there are."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kaccess.model.plan import Change, Plan, Skipped
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, KubeRole
from kaccess.report.plan_markdown import LIMIT, MARK, plan_markdown

ROLE = KubeRole("dev", "kaccess:reader", (Rule(("get",), ("",), ("pods",)),), origin="kaccess.yaml:3:1")
WIDER = KubeRole("dev", "kaccess:reader", (Rule(("get", "list"), ("",), ("pods",)),))
BINDING = Binding("dev", "kaccess:g:reader", RoleRef("Role", "kaccess:reader"), (Subject.group("kaccess:g"),))
EXPECTED = """\
<!-- kaccess plan -->
### kaccess plan: 3 changes

| where | create | update | delete | left out |
|---|--:|--:|--:|--:|
| `cardo` | 1 | 1 | 1 | 1 |
| `second` | 0 | 0 | 0 | 0 |
- not read: `third: no answer`

#### `cardo`

```diff
+ role dev/kaccess:reader
+     may get on pods
#     why: kaccess.yaml:3:1
! role dev/kaccess:reader
-     may get on pods
+     may get, list on pods
- binding dev/kaccess:g:reader
-     gives Role kaccess:reader
-     to Group kaccess:g
#     why: gone
```

- left out: `group x: denied`
- note: `by the way`"""


def test_a_plan_is_a_table_and_a_diff():
    changes = (Change(None, ROLE, ROLE.origin), Change(ROLE, WIDER, ""), Change(BINDING, None, "gone"))
    plan = Plan("cardo", changes, (Skipped("group x", "denied"),), ("by the way",))
    assert plan_markdown([plan, Plan("second")], ["third: no answer"]) == EXPECTED


def test_nothing_to_do_is_said():
    assert plan_markdown([Plan("cardo")]).startswith(f"{MARK}\n### kaccess plan: nothing to do\n")


def test_a_plan_that_is_too_long_for_a_comment_says_how_much_is_missing():
    changes = tuple(Change(None, KubeRole("dev", f"kaccess:{number}", ROLE.rules), "x" * 80) for number in range(2000))
    text = plan_markdown([Plan("cardo", changes), Plan("second", changes[:1])])
    assert len(text) < LIMIT + 1000
    shown = text.count("+ role dev/")
    assert f"- {2000 - shown} more changes have no room here" in text
    assert "- 1 more changes have no room here" in text


@given(st.one_of(st.text(min_size=1), st.text("`|\n~#@<>*-+\\ \u202e\u2028a", min_size=1, max_size=30)))
def test_no_name_gets_out_of_its_code(name):
    """Outside of code there is nothing that anybody but kaccess wrote."""
    assert outside_of_code(plan_about(name)) == outside_of_code(plan_about("plain"))


def plan_about(name):
    role = KubeRole(name, name, (Rule((name,), ("",), (name,)),))
    return plan_markdown([Plan(name, (Change(None, role, name),), (Skipped(name, name),), (name,))], [name])


def outside_of_code(markdown):
    """The lines of a text without its fenced blocks and its code spans, as CommonMark finds them."""
    lines, fence = [], ""
    for line in re.split(r"[\n\r]", markdown):
        if fence:
            fence = "" if re.fullmatch(f" {{0,3}}`{{{len(fence)},}} *", line) else fence
        elif opened := re.match(r" {0,3}(`{3,})[^`]*$", line):
            fence = opened[1]
        else:
            lines.append(re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "CODE", line))
    assert not fence
    return [line for line in lines if line]
