"""Whom rows of aws-auth let in, beside access entries, in each authenticationMode: the real authenticator agrees."""

import pytest

from kaccess.sandbox import world
from tests.e2e.planes import API_AND_CONFIG_MAP, CONFIG_MAP, in_modes

EMIL = ("emil", (world.ON_CALL_GROUP,))
BEN = "arn:aws:iam::111122223333:user/ben"
PODS = "/api/v1/namespaces/production/pods"


def until(company, person, expected):
    assert company.until(lambda: company.who(person), lambda found: found == expected) == expected


def row(arn, username, *groups, key="userarn"):
    return f"- {{{key}: '{arn}', username: '{username}', groups: {list(groups)}}}\n"


@in_modes(CONFIG_MAP, API_AND_CONFIG_MAP)
def test_a_row_that_somebody_wrote_lets_a_person_in(company):
    assert company.aws_auth() == world.AWS_AUTH
    until(company, "emil", EMIL)
    assert company.status(PODS, company.token("emil")) == 200
    assert company.status("/api/v1/namespaces/staging/pods", company.token("emil")) == 403
    assert company.who("ben") is None
    company.write_aws_auth(mapUsers=company.aws_auth()["mapUsers"] + row(BEN, "ben", "readers"))
    until(company, "ben", ("ben", ("readers",)))
    company.write_aws_auth(mapUsers=world.AWS_AUTH["mapUsers"])
    until(company, "ben", None)


@in_modes(API_AND_CONFIG_MAP)
def test_an_entry_hides_the_rows_of_its_principal_until_it_goes(company):
    eks, arn = company.client("eks"), "arn:aws:iam::111122223333:user/contractors/emil"
    until(company, "emil", EMIL)
    eks.create_access_entry(clusterName="cardo-eks", principalArn=arn, kubernetesGroups=["from-entry"])
    until(company, "emil", (arn, ("from-entry",)))
    assert company.status(PODS, company.token("emil")) == 403
    eks.delete_access_entry(clusterName="cardo-eks", principalArn=arn)
    until(company, "emil", EMIL)
    eks.close()


@in_modes(CONFIG_MAP)
def test_rows_die_and_the_creator_stays_on_the_way_to_entries(company):
    until(company, "emil", EMIL)
    assert company.who("admin") == ("kubernetes-admin", ("system:masters",))
    company.move(API_AND_CONFIG_MAP)
    until(company, "emil", EMIL)
    admin = "arn:aws:iam::111122223333:user/admin"
    assert company.until(lambda: company.who("admin"), lambda found: found[0] == admin)[0] == admin
    assert set(company.entries()) == {admin}
    company.move("API")
    until(company, "emil", None)
    assert company.aws_auth() == world.AWS_AUTH
    assert company.status("/api/v1/nodes") == 200


ROWS = {
    "the last of two": (row(BEN, "one") + row(BEN, "two", "b"), ("two", ("b",))),
    "an ARN in capitals": (row(BEN.upper(), "loud"), ("loud", ())),
    "keys in capitals": (f"- {{USERARN: '{BEN}', UserName: ben, Groups: [a]}}", ("ben", ("a",))),
    "keys of one name": (f"- {{username: lower, userNAME: upper, userarn: '{BEN}'}}", ("lower", ())),
    "a key twice": (f"- {{userarn: '{BEN}', username: one, username: two}}", ("two", ())),
    "groups that are a text": (f"- {{userarn: '{BEN}', username: ben, groups: a}}", ("ben", ())),
    "a broken row before it": (f"- 7\n- {{username: x}}\n- {{userarn: '{BEN}', username: ben}}", ("ben", ())),
    "two documents": (f"{row(BEN, 'one')}---\n{row(BEN, 'two')}", ("one", ())),
    "a date for a name": (f"- {{userarn: '{BEN}', username: 2026-11-24}}", ("2026-11-24", ())),
    "a template": (
        row(BEN, "u-{{AccountID}}-{{SessionName}}", "g-{{AccountID}}"),
        ("u-111122223333-", ("g-111122223333",)),
    ),
    "the administrators": (row(BEN, "ben", "system:masters"), ("ben", ("system:masters",))),
    "a node's name": (row(BEN, "system:node:{{EC2PrivateDNSName}}"), None),
    "a path that is not theirs": (row(BEN.replace("user/", "user/team/"), "ben"), None),
    "no YAML": (row(BEN, "ben") + "- [", None),
    "no list": (f"userarn: '{BEN}'", None),
}


@in_modes(API_AND_CONFIG_MAP)
def test_rows_are_read_as_the_authenticator_reads_them(company):
    marker = "arn:aws:iam::111122223333:user/dario"
    for number, (text, expected) in enumerate(ROWS.values()):
        # dario's row tells that this writing has been read, so that nobody's absence is taken for a refusal
        company.write_aws_auth(mapRoles=row(marker, f"read-{number}", key="rolearn"), mapUsers=text)
        until(company, "dario", (f"read-{number}", ()))
        until(company, "ben", expected)


@in_modes(API_AND_CONFIG_MAP)
@pytest.mark.parametrize("account", ["'111122223333'", "111122223333"])
def test_an_account_lets_everybody_in_by_arn(company, account):
    assert company.who("ben") is None
    company.write_aws_auth(mapAccounts=f"- {account}")
    until(company, "ben", (BEN, ()))
