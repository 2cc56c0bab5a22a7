"""Plans as an artifact: saved, reviewed, applied as they are, and refused once anything changed."""

import json
import random

import pytest

from tests.e2e.company import Company

pytestmark = pytest.mark.thorough

GRANTS = (("payments-developers", "developer", "development"), ("data-engineers", "reader", "production"))
ROLE = "/apis/rbac.authorization.k8s.io/v1/namespaces/production/roles/kaccess:reader"


@pytest.fixture
def company(sandbox, tmp_path):
    """A company in whose cluster kaccess owns nothing, with a policy that grants something."""
    found = Company(sandbox, tmp_path)
    found.policy()
    found.apply()
    found.policy(*GRANTS)
    return found


def saved(company, *words):
    done = company.kaccess("admin", "plan", "--out", "plan.json", *words)
    assert done.code == 0, done.said
    return json.loads((company.folder / "plan.json").read_text())


def apply_saved(company):
    return company.kaccess("admin", "apply", "plan.json", "--yes")


def refusal(company):
    before = company.objects(), company.entries()
    done = apply_saved(company)
    assert (company.objects(), company.entries()) == before
    assert (done.code, done.out) == (4, ""), done.said
    (line,) = done.err.splitlines()
    assert line.endswith("make and review a new plan"), line
    return line


def test_a_saved_plan_is_applied_as_it_was_reviewed(company):
    document = saved(company)
    assert (document["apiVersion"], document["kind"]) == ("kaccess/v1", "SavedPlan")
    done = apply_saved(company)
    assert done.code == 0, done.said
    assert company.kaccess("admin", "plan", "--check").code == 0
    changes = [change["name"] for plan in document["plans"] for change in plan["changes"]]
    assert [line.split()[-1].rpartition("/")[2] for line in done.out.splitlines() if " + " in line] == [
        name.rpartition("/")[2] for name in changes
    ]


def test_the_policy_may_be_named_by_another_path(company):
    saved(company)
    done = company.kaccess("admin", "--policy", str(company.policy_file), "apply", "plan.json", "--yes")
    assert done.code == 0, done.said


def test_a_policy_that_changed_is_refused_by_the_file(company):
    saved(company)
    with company.policy_file.open("a") as file:
        file.write("# a comment\n")
    assert "the policy changed in kaccess.yaml;" in refusal(company)


def test_a_touched_item_that_changed_is_refused(company):
    company.apply()
    broken = company.get(ROLE)
    broken["rules"][0]["verbs"].append("delete")
    assert company.ask(ROLE, broken, method="PUT")[0] == 200
    saved(company)
    broken = company.get(ROLE)
    broken["rules"][0]["verbs"].append("patch")
    assert company.ask(ROLE, broken, method="PUT")[0] == 200
    assert "cardo: update role production/kaccess:reader became another change;" in refusal(company)


def test_a_foreign_item_that_changed_does_not_matter(company):
    saved(company)
    name = {"metadata": {"name": "unrelated"}, "rules": []}
    assert company.ask(ROLE.rpartition("/")[0], name)[0] == 201
    assert apply_saved(company).code == 0


def test_a_member_who_came_is_refused(company):
    iam = company.client("iam")
    saved(company)
    iam.create_user(UserName="newcomer")
    iam.add_user_to_group(GroupName="data-engineers", UserName="newcomer")
    try:
        line = refusal(company)
        assert "create entry arn:aws:iam::111122223333:user/newcomer became necessary;" in line
    finally:
        iam.remove_user_from_group(GroupName="data-engineers", UserName="newcomer")
        iam.delete_user(UserName="newcomer")


def test_a_plan_that_was_applied_is_not_applied_again(company):
    saved(company)
    assert apply_saved(company).code == 0
    assert "became needless" in refusal(company)


def test_a_saved_plan_passes_the_guards_too(company):
    """Which no plan that was reviewed may skip."""
    company.policy(*((group, "reader", "production") for group in ("payments-developers", "data-engineers")))
    company.apply()
    company.policy()
    saved(company)
    done = apply_saved(company)
    assert done.code == 4
    assert "--allow-mass-removal" in done.err


def test_whatever_is_written_into_a_saved_plan_it_gives_nothing_that_the_policy_does_not(company):
    """Each mutation is refused, or it is none that counts and the very plan of the policy is applied."""
    document = saved(company)
    dice = random.Random(1)
    before = company.objects(), company.entries()
    for _ in range(25):
        broken = mutated(json.loads(json.dumps(document)), dice)
        (company.folder / "plan.json").write_text(json.dumps(broken))
        done = apply_saved(company)
        assert done.code in (1, 4), done.said
        assert len(done.err.splitlines()) == 1, done.err
        assert (company.objects(), company.entries()) == before
    widened = json.loads(json.dumps(document))
    for change in widened["plans"][-1]["changes"]:
        if change["kind"] == "role" and change["after"]:
            change["after"]["rules"][0]["verbs"] = ["*"]
    (company.folder / "plan.json").write_text(json.dumps(widened))
    assert "became another change" in refusal(company)


def mutated(value, dice):
    """The document with one of its values that count replaced by another."""
    while True:
        holder, key = dice.choice(list(parts(value)))
        if key in ("why", "origin", "differences", "madeAt", "reason", "what", "notes", "skipped"):
            continue
        other = dice.choice(["*", None, 7, [], {}, ["system:masters"], True])
        if holder[key] != other:
            holder[key] = other
            return value


def parts(value):
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        yield value, key
        if isinstance(part, dict | list):
            yield from parts(part)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("{}", "no saved plan"),
        ("[]", "no saved plan"),
        ('{"apiVersion": "kaccess/v2", "kind": "SavedPlan"}', "no plan that this kaccess saved"),
        ('{"apiVersion": "kaccess/v1", "kind": "SavedPlan", "madeAt": "now"}', "no saved plan"),
    ],
)
def test_what_is_no_saved_plan_is_said_in_one_line(company, text, said):
    (company.folder / "plan.json").write_text(text)
    done = apply_saved(company)
    assert done.code == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_a_file_that_is_no_plan_is_not_overwritten(company):
    before = company.policy_file.read_text()
    done = company.kaccess("admin", "plan", "--out", "kaccess.yaml")
    assert done.code == 2
    assert "is no saved plan" in done.err
    assert company.policy_file.read_text() == before
    saved(company)
    saved(company)


def test_a_plan_of_half_the_clusters_is_not_saved(company):
    text = company.policy_file.read_text()
    second = '  second: {name: second-eks, region: eu-south-1, account: "111122223333"}\n'
    company.policy_file.write_text(text.replace("clusters:\n", f"clusters:\n{second}"))
    done = company.kaccess("admin", "plan", "--out", "plan.json")
    assert done.code == 1
    assert "leave second out with --cluster" in done.err
    assert not (company.folder / "plan.json").exists()
    assert list(saved(company, "--cluster", "cardo")["clusters"]) == ["cardo"]
    assert apply_saved(company).code == 0
    assert company.kaccess("admin", "apply", "plan.json", "--cluster", "cardo").code == 2


def test_a_plan_is_markdown_for_a_pull_request(company):
    done = company.kaccess("admin", "plan", "-o", "markdown")
    assert done.code == 0
    assert done.out.startswith("<!-- kaccess plan -->\n### kaccess plan: ")
    assert "| `cardo` | " in done.out
    assert "+ role production/kaccess:reader\n+     may get, list on pods\n#     why: " in done.out
