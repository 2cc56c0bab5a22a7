"""No credentials, bad ones, somebody else's, and an AWS that does not answer as AWS does."""

import pytest

from kaccess.sandbox.aws.errors import AwsError
from tests.e2e.bad_check import refused, refused_as_json
from tests.e2e.bad_servers import CLOSED, answering

GRANT = ("payments-developers", "developer", "development")
LOGIN = "run `aws sso login`, or renew them the way you got them"


@pytest.fixture
def policed(company):
    company.policy(GRANT)
    return company


def without_profile(**settings):
    """How to run kaccess with these AWS settings and none that are in a file."""
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_CONFIG_FILE": "/nowhere", "AWS_REGION": "eu-south-1"}
    return ("env", "-u", "AWS_PROFILE", *(f"{name}={value}" for name, value in (nowhere | settings).items()), "kaccess")


COMMANDS = (
    ("apply", "--yes"),
    ("grant", "data-engineers", "--role", "reader", "-n", "staging", "--yes"),
    ("audit",),
    ("login",),
    ("whoami",),
    ("token", "--cluster", "cardo-eks", "--region", "eu-south-1"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_without_credentials(policed, words):
    lines = refused(policed, "admin", *words, code=5, program=without_profile())
    assert lines == [f"no AWS credentials; {LOGIN}, or name a profile with --profile or AWS_PROFILE"]


BAD_KEYS = {
    "half of them": (
        {"AWS_ACCESS_KEY_ID": "AKIANOBODY"},
        "the AWS credentials are incomplete: env has no AWS_SECRET_ACCESS_KEY; set it, or use a profile",
    ),
    "keys of nobody": (
        {"AWS_ACCESS_KEY_ID": "AKIANOBODY", "AWS_SECRET_ACCESS_KEY": "secret"},
        f"AWS does not know these credentials (sts:GetCallerIdentity: InvalidClientTokenId); {LOGIN}",
    ),
    "a wrong secret": (
        {"AWS_ACCESS_KEY_ID": "ADMIN", "AWS_SECRET_ACCESS_KEY": "secret"},
        "AWS does not accept the signature of sts:GetCallerIdentity (SignatureDoesNotMatch); check the secret access "
        "key and this machine's clock",
    ),
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_bad_keys(policed, name):
    settings, expected = BAD_KEYS[name]
    settings = {key: value.replace("ADMIN", policed.sandbox.keys["admin"][0]) for key, value in settings.items()}
    program = without_profile(**settings)
    assert refused(policed, "admin", "apply", "--yes", code=5, program=program) == [expected]


PROFILES = {
    "admn": "the AWS configuration has no profile 'admn'; did you mean 'admin'?",
    "zzz": "the AWS configuration has no profile 'zzz'; set AWS_PROFILE or give --profile",
    "": "AWS_PROFILE is set and empty; unset it, or name a profile",
}


@pytest.mark.parametrize("profile", PROFILES)
def test_an_unknown_profile(policed, profile):
    policed.extra = {"AWS_PROFILE": profile}
    assert refused(policed, "admin", "apply", "--yes", code=5) == [PROFILES[profile]]


@pytest.mark.parametrize("words", COMMANDS[:5], ids=lambda words: words[0])
def test_expired_credentials(policed, words):
    def refuse(_):
        raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)

    policed.sandbox.observers.aws = refuse
    (line,) = refused(policed, "admin", *words, code=5)
    assert line.startswith("the AWS credentials have expired (")
    assert line.endswith("); run `aws sso login --profile admin`, or renew them the way you got them")
    assert refused_as_json(policed, "admin", *words, code=5) == [line]


def test_credentials_that_expire_during_an_apply_stop_it_and_the_next_one_ends_it(policed):
    def refuse(request):
        if request.method == "POST" and "access-entries" in request.path:
            raise AwsError("ExpiredTokenException", "The security token included in the request is expired", 403)

    policed.sandbox.observers.aws = refuse
    done = policed.kaccess("admin", "apply", "--yes")
    assert done.code != 0
    assert "the AWS credentials have expired (eks:CreateAccessEntry); run `aws sso login --profile admin`" in done.err
    policed.sandbox.observers.aws = None
    policed.apply()
    assert policed.kaccess("admin", "plan", "--check").code == 0


def test_an_account_that_is_not_the_policys(policed):
    policed.policy_file.write_text(policed.policy_file.read_text().replace("111122223333", "444455556666"))
    expected = [
        "kaccess.yaml:5:3: cluster cardo is in account 444455556666, but these credentials are of account 111122223333 "
        "(arn:aws:iam::111122223333:user/admin); choose another with --profile"
    ]
    for words in (("apply", "--yes"), ("audit",), COMMANDS[1]):
        assert refused(policed, "admin", *words, shown="-+@ ") == expected


NO_CLUSTER = {
    ("cardo-eks", "cardo-ek"): "there is no EKS cluster 'cardo-ek' in eu-south-1; did you mean 'cardo-eks'?",
    ("eu-south-1", "eu-west-1"): (
        "there is no EKS cluster 'cardo-eks' in eu-west-1; check its name, its region and the AWS account"
    ),
}


@pytest.mark.parametrize("change", NO_CLUSTER)
def test_a_cluster_that_eks_does_not_have(policed, change):
    policed.policy_file.write_text(policed.policy_file.read_text().replace(*change))
    assert refused(policed, "admin", "apply", "--yes") == [NO_CLUSTER[change]]
    assert refused(policed, "ana", "login") == [NO_CLUSTER[change]]


NOT_AWS = "the answer is not AWS's; check the proxy settings and AWS_ENDPOINT_URL"
ANSWERS = {
    (200, b"<html>Welcome to the hotel</html>"): NOT_AWS,
    (200, b"{}"): NOT_AWS,
    (200, b""): NOT_AWS,
    (500, b"<html>Internal</html>"): "Internal Server Error (500), after retries too; run again in a minute",
    (503, b""): "Service Unavailable (503), after retries too; run again in a minute",
}


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_an_endpoint_that_is_not_aws(policed, answer):
    with answering(*answer) as address:
        policed.extra = {"AWS_ENDPOINT_URL": f"http://{address}"}
        assert refused(policed, "admin", "apply", "--yes") == [f"sts:GetCallerIdentity failed: {ANSWERS[answer]}"]


def test_an_endpoint_that_nobody_answers(policed):
    policed.extra = {"AWS_ENDPOINT_URL": f"http://{CLOSED}"}
    advice = f"no answer from {CLOSED}; check the network, the region and the proxy settings"
    assert refused(policed, "admin", "apply", "--yes") == [f"sts:GetCallerIdentity failed: {advice}"]
    assert refused(policed, "ana", "login") == [f"eks:DescribeCluster failed: {advice}"]
