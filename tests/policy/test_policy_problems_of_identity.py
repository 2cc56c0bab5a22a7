# ruff: noqa: E501 - a message is checked as the one line it is
"""What may be said of sources, sessions, credentials and leavers, and what is wrong with the rest."""

from datetime import datetime, timezone

import pytest

from kaccess.model.policy import Cluster, Group, Offboarded, SourceKind
from tests.policy.samples import CLUSTERS, HEAD, SMALL, policy_of, problems_of

CLUSTER = "c: {name: n, region: %s, account: '111122223333', %s}"
WHO = "arn:PARTITION:iam::ACCOUNT:user/NAME or .../role/NAME"
BEN = "arn:aws:iam::111122223333:user/ben"
AT = "at: 2026-11-24T12:00:00Z"


def clusters(*lines):
    return f"{HEAD}clusters:\n" + "".join(f"  {line}\n" for line in lines)


def group(text):
    return f"{HEAD}{CLUSTERS}groups:\n  {text}\n"


def test_a_cluster_says_by_which_credentials_it_is_reached():
    role = "arn:aws-cn:iam::111122223333:role/x/admin"
    text = clusters(CLUSTER % ("cn-north-1", f'profile: "my admin", iam_role: "{role}"'))
    assert policy_of(text).clusters["c"] == Cluster(
        "c", "n", "cn-north-1", "111122223333", profile="my admin", iam_role=role
    )
    plain = policy_of(f"{HEAD}{CLUSTERS}").clusters["cardo"]
    assert (plain.profile, plain.iam_role) == ("", "")


@pytest.mark.parametrize(
    ("region", "more", "expected"),
    [
        ("eu-south-1", "profil: p", "unknown key 'profil' in a cluster (did you mean 'profile'?)"),
        ("eu-south-1", "iam-role: p", "unknown key 'iam-role' in a cluster (did you mean 'iam_role'?)"),
        ("eu-south-1", "profile: ''", "profile has no value"),
        ("eu-south-1", "profile: 12", 'profile must be text and 12 is a number; write "12" in quotes'),
        ("eu-south-1", "iam_role: admin", f"'admin' is not an ARN; expected {WHO}"),
        (
            "eu-south-1",
            "iam_role: 'arn:aws:iam::999999999999:role/admin'",
            "this iam_role is in the account 999999999999 of aws, the cluster in 111122223333 of aws; name a role of the latter",
        ),
        (
            "cn-north-1",
            "iam_role: 'arn:aws:iam::111122223333:role/admin'",
            "this iam_role is in the account 111122223333 of aws, the cluster in 111122223333 of aws-cn; name a role of the latter",
        ),
    ],
)
def test_credentials_of_a_cluster(region, more, expected):
    (problem,) = problems_of(clusters(CLUSTER % (region, more)))
    assert problem.endswith(f": {expected}")
    assert problem.startswith("p.yaml:4:")


def test_an_account_is_in_one_partition():
    home = "c: {name: n, region: eu-south-1, account: '111122223333'}"
    other = "d: {name: n, region: us-gov-west-1, account: '111122223333'}"
    assert problems_of(clusters(home, other)) == [
        "p.yaml:5:3: the account 111122223333 is in the partition aws for 'c' at p.yaml:4:3 and in aws-us-gov here; "
        "an account is in one"
    ]
    assert problems_of(clusters(home, other.replace("1111", "9999"))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g: {assume: true}", Group("g", target="g", assume=True, session_seconds=3600)),
        ("g: {assume: true, mfa: true}", Group("g", target="g", assume=True, mfa=True)),
        ("g: {assume: true, session_duration: 12h}", Group("g", target="g", assume=True, session_seconds=43200)),
        ("g: {assume: true, session_duration: 90m}", Group("g", target="g", assume=True, session_seconds=5400)),
        ("g: {iam_group: h, assume: true, mfa: false}", Group("g", target="h", assume=True)),
        ("g: {permission_set: p}", Group("g", SourceKind.PERMISSION_SET, "p")),
    ],
)
def test_a_group_says_how_its_role_is_assumed(text, expected):
    assert policy_of(group(text)).groups == {"g": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g: {mfa: true}", ["6:12: mfa is for the role of a group with assume: true"]),
        ("g: {assume: false, mfa: false}", ["6:27: mfa is for the role of a group with assume: true"]),
        ("g: {session_duration: 2h}", ["6:25: session_duration is for the role of a group with assume: true"]),
        (
            "g: {permission_set: p, mfa: true, session_duration: 1h}",
            [
                "6:31: mfa is for the role of a group with assume: true",
                "6:55: session_duration is for the role of a group with assume: true",
            ],
        ),
        ("g: {assume: true, mfa: yes}", ["6:26: mfa must be true or false"]),
        ("g: {assume: true, mfa: 'true'}", ["6:26: mfa must be true or false"]),
        ("g: {assume: true, mfa: }", ["6:21: mfa must be true or false"]),
        ("g: {assume: true, session_duraton: 1h}", ["6:21: unknown key 'session_duraton' in a group (did you mean 'session_duration'?)"]),
        ("g: {assume: true, session_duration: 59m}", ["6:39: session_duration is '59m'; IAM takes 1h to 12h"]),
        ("g: {assume: true, session_duration: 13h}", ["6:39: session_duration is '13h'; IAM takes 1h to 12h"]),
        ("g: {assume: true, session_duration: 1d}", ["6:39: session_duration is '1d'; IAM takes 1h to 12h"]),
        ("g: {assume: true, session_duration: 999999999d}", ["6:39: session_duration is '999999999d'; IAM takes 1h to 12h"]),
        ("g: {assume: true, session_duration: 4 h}", ["6:39: session_duration: '4 h' is no length of time; write 30m, 8h or 2d"]),
        ("g: {assume: true, session_duration: 0h}", ["6:39: session_duration: '0h' is no length of time; write 30m, 8h or 2d"]),
        ("g: {assume: true, session_duration: \u0664h}", [r"6:39: session_duration: '\u0664h' is no length of time; write 30m, 8h or 2d"]),
        ("g: {assume: true, session_duration: 4}", ['6:39: session_duration must be text and 4 is a number; write "4" in quotes', "6:39: session_duration: '4' is no length of time; write 30m, 8h or 2d"]),
    ],
)  # fmt: skip
def test_how_a_role_is_not_assumed(text, expected):
    assert problems_of(group(text)) == [f"p.yaml:{line}" for line in sorted(expected)]


@pytest.mark.parametrize(
    "principal",
    [
        BEN,
        "arn:aws-cn:iam::999999999999:user/people/eu/b+e=n,.@-_",
        "arn:aws-us-gov:iam::111122223333:role/ops/oncall",
        f"arn:aws:iam::111122223333:user/{'b' * 64}",
    ],
)
def test_who_may_be_offboarded(principal):
    text = f"{SMALL}offboarded:\n  - {{principal: '{principal}', at: 2026-11-24T13:00:00+01:00, by: '{BEN}', reason: \"left: #1\"}}\n"
    at = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
    assert policy_of(text).offboarded == (Offboarded(principal, at, BEN, "left: #1"),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ben", ["an offboarded principal must be a mapping of principal, at, by, reason"]),
        ("{}", ["an offboarded principal needs at", "an offboarded principal needs principal"]),
        (f"{{user: '{BEN}', {AT}}}", ["an offboarded principal needs principal", "unknown key 'user' in an offboarded principal; it has principal, at, by, reason"]),
        (f"{{principle: '{BEN}', {AT}}}", ["an offboarded principal needs principal", "unknown key 'principle' in an offboarded principal (did you mean 'principal'?)"]),
        (f"{{principal: '{BEN}', at: 2026-11-24}}", ["at: 2026-11-24 has no time of day; write it like 2026-11-24T18:00:00Z"]),
        (f"{{principal: '{BEN}', at: }}", ["at has no value"]),
        (f"{{principal: ben, {AT}}}", [f"'ben' is not an ARN; expected {WHO}"]),
        (f"{{principal: 'arn:aws:iam::111122223333:group/ben', {AT}}}", [f"'arn:aws:iam::111122223333:group/ben' is not the ARN of an IAM user or role; expected {WHO}"]),
        (f"{{principal: 'arn:aws:sts::111122223333:assumed-role/a/ben', {AT}}}", [f"'arn:aws:sts::111122223333:assumed-role/a/ben' is not the ARN of an IAM user or role; expected {WHO}"]),
        (f"{{principal: 'arn:aws:iam::111122223333:root', {AT}}}", [f"'arn:aws:iam::111122223333:root' is not the ARN of an IAM user or role; expected {WHO}"]),
        (f"{{principal: 'arn:aws:iam::1111:user/ben', {AT}}}", ["'1111' is not an account number; expected 12 digits"]),
        (f"{{principal: 'arn:aws:iam::111122223333:user/', {AT}}}", [f"'arn:aws:iam::111122223333:user/' is not the ARN of an IAM user or role; expected {WHO}"]),
        (f"{{principal: [ben], {AT}, reason: 12}}", ["principal must be text", 'reason must be text and 12 is a number; write "12" in quotes']),
    ],
)  # fmt: skip
def test_who_is_not_offboarded(line, expected):
    problems = problems_of(f"{HEAD}{CLUSTERS}offboarded:\n  - {line}\n")
    assert sorted(problem.split(": ", 1)[1] for problem in problems) == expected
    assert all(problem.startswith("p.yaml:6:") for problem in problems)


@pytest.mark.parametrize("again", [BEN, BEN.replace("ben", "BEN"), BEN.replace("user/", "user/people/")])
def test_nobody_is_offboarded_twice(again):
    first = f"{SMALL}offboarded:\n  - {{principal: '{BEN}', {AT}}}\n"
    second = f"{HEAD}offboarded: [{{principal: '{again}', {AT}, reason: again}}]\n"
    assert problems_of(first, second) == [f"q.yaml:3:14: '{again}' is offboarded here and at p.yaml:19:5"]


def test_the_offboarded_of_all_files_are_out():
    others = (BEN.replace("1111", "9999"), BEN.replace("user", "role"), BEN.replace("aws", "aws-cn"))
    texts = [f"{HEAD}offboarded: [{{principal: '{other}', {AT}}}]\n" for other in others]
    policy = policy_of(SMALL + texts[0].removeprefix(HEAD), *texts[1:])
    assert tuple(each.principal for each in policy.offboarded) == others
    assert [each.place.file for each in policy.offboarded] == ["p.yaml", "q.yaml", "r.yaml"]


@pytest.mark.parametrize("text", ["offboarded:\n", "offboarded: []\n", "offboarded: ~\n", ""])
def test_nobody_need_be_offboarded(text):
    assert policy_of(SMALL + text).offboarded == ()
