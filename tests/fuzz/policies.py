"""Policies for fuzzing: generated ones, in many styles, and texts that are nearly one."""

from pathlib import Path
from random import Random

import yaml
from hypothesis import strategies as st

from tests.policy.samples import SMALL
from tests.policy.samples_of_edits import BLOCK, FLOW
from tests.policy.test_policy_mutations import FULL, PIECES

GROUPS = ("pay", "ops", "data", "x+y=z", "1e3", "on")
ROLES = ("viewer", "editor", "dev")
NAMESPACES = ("a", "b", "payments-a")
ODD = (*NAMESPACES, "kube-system", "no", "2027-01-01", "Ünï")
ENDS = (
    "2026-11-24T12:00:00Z",
    "2026-11-24T12:00:01Z",
    "2026-11-24T13:00:00+02:00",
    "2026-11-24 12:00:00.5Z",
    "9999-12-31T23:59:59Z",
)
CHOICES = (
    st.lists(st.sampled_from(NAMESPACES), min_size=1, max_size=3)
    | st.sampled_from(["a", "pay*", "*", "[ab]"]).map(lambda text: {"match": text})
    | st.sampled_from(["dev", "staging"]).map(lambda text: {"selector": {"env": text}})
)
GRANTS = st.fixed_dictionaries(
    {"group": st.sampled_from(GROUPS), "role": st.sampled_from(ROLES), "namespaces": CHOICES},
    optional={
        "clusters": st.sampled_from([["one"], ["two"], ["one", "two"]]),
        "until": st.sampled_from(ENDS),
        "reason": st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6),
        "by": st.sampled_from(["arn:aws:iam::111122223333:user/ana", "ana"]),
        "at": st.sampled_from(ENDS),
    },
)
RULES = st.fixed_dictionaries(
    {
        "apiGroups": st.sampled_from([[""], ["apps"], ["", "apps"]]),
        "resources": st.sampled_from([["pods"], ["pods/log", "pods"], ["*"], ["secrets"]]),
        "verbs": st.sampled_from([["get"], ["get", "list"], ["create"], ["*"]]),
    },
    optional={"resourceNames": st.just(["one"])},
)
CLUSTERS = {name: {"name": name, "region": "eu-south-1", "account": "111122223333"} for name in ("one", "two")}
HEAD = {"apiVersion": "kaccess/v1", "kind": "AccessPolicy"}
FIRST = st.fixed_dictionaries(
    {
        **{key: st.just(value) for key, value in HEAD.items()},
        "clusters": st.just(CLUSTERS),
        "namespaces": st.fixed_dictionaries(
            {
                "a": st.sampled_from([{}, None, {"create": True, "labels": {"env": "dev"}}]),
                "b": st.just({}),
                "payments-a": st.sampled_from([{}, {"create": True}]),
            }
        ),
        "roles": st.fixed_dictionaries(
            {
                "viewer": st.just({"cluster_role": "view"}),
                "editor": st.just({"cluster_role": "edit"}),
                "dev": st.lists(RULES, min_size=1, max_size=2).map(lambda rules: {"rules": rules}),
            }
        ),
    },
    optional={
        "groups": st.just({"ops": {"iam_role": "arn:aws:iam::111122223333:role/ops"}, "data": {"assume": True}}),
        "grants": st.lists(GRANTS, max_size=4),
        "tests": st.just(["pay can get pods in a", "nobody can get secrets in b"]),
    },
)
OTHERS = st.lists(GRANTS, max_size=3).map(lambda grants: {**HEAD, "grants": grants})


@st.composite
def styled(draw, documents):
    """The text of a document, in one of the many ways in which YAML can say it."""
    text = yaml.dump(
        draw(documents),
        sort_keys=False,
        allow_unicode=draw(st.booleans()),
        default_flow_style=draw(st.sampled_from([None, False, True])),
        default_style=draw(st.sampled_from([None, None, '"'])),
        indent=draw(st.sampled_from([2, 4])),
        width=draw(st.sampled_from([30, 100])),
    )
    for name, value in (("bool", "true"), ("null", "null")):
        text = text.replace(f'!!{name} "{value}"', value)
    seed = draw(st.none() | st.integers(0, 2**32))
    if seed is not None:
        dice = Random(seed)  # one draw for all lines: a draw for each would take longer than all that is tested
        more = ("", "", "", "  # why", "\n", "\n# so")
        text = "\n".join(line + dice.choice(more) for line in text.split("\n"))
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))


def mutated(texts):
    """Texts with some cuts, copies and insertions."""

    @st.composite
    def strategy(draw):
        text = draw(texts)
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, min(len(text), start + 40)))
            new = draw(st.sampled_from([*PIECES, *ENDS, *ODD, "", text[start:end] * 2]) | st.text(max_size=3))
            text = text[:start] + new + text[end:]
        return text

    return strategy()


SEEDS = st.sampled_from([SMALL, FULL, BLOCK, FLOW, (Path(__file__).parents[2] / "policies/access.yaml").read_text()])
POLICIES = st.tuples(styled(FIRST)) | st.tuples(styled(FIRST), styled(OTHERS)) | SEEDS.map(lambda text: (text,))
TEXTS = mutated(SEEDS).map(lambda text: (text,)) | st.tuples(mutated(styled(FIRST)), styled(OTHERS)) | POLICIES
