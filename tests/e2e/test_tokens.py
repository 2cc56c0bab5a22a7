"""What is no good token is nobody, whatever plane it is presented to."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta, timezone

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.planes import on_both_planes

pytestmark = on_both_planes

PREFIX = "k8s-aws-v1."
HOST = "sts.eu-south-1.amazonaws.com"
PODS = "/api/v1/namespaces/staging/pods"


@pytest.fixture
def granted(company):
    company.policy(("payments-developers", "viewer", "staging"))
    company.apply()
    return company


def encoded(url):
    return PREFIX + urlsafe_b64encode(url.encode()).decode().rstrip("=")


def decoded(token):
    text = token.removeprefix(PREFIX)
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def presigned(company, host=HOST, region="eu-south-1", action="GetCallerIdentity", cluster="cardo-eks"):
    """A token of ana's as a dishonest or mistaken signer would make it; without a cluster, without that header."""
    headers = {"x-k8s-aws-id": cluster} if cluster else {}
    request = AWSRequest("GET", f"https://{host}/?Action={action}&Version=2011-06-15", headers=headers)
    SigV4QueryAuth(Credentials(*company.sandbox.keys["ana"]), "sts", region, expires=60).add_auth(request)
    return encoded(request.url)


def bad_tokens(company):
    good = company.token("ana")
    url = decoded(good)
    last = "0" if url[-1] != "0" else "1"
    ana, ben = (company.sandbox.keys[person][0] for person in ("ana", "ben"))
    old, early = (datetime.now(timezone.utc) + timedelta(minutes=minutes) for minutes in (-16, 16))
    return {
        "tampered": encoded(url[:-1] + last),
        "of one person signed by another": encoded(url.replace(ana, ben)),
        "expired": company.token("ana", now=old),
        "not yet signed": company.token("ana", now=early),
        "for another cluster": company.token("ana", cluster="other-eks"),
        "not signed for a cluster": presigned(company, cluster=None),
        "for the global STS host": presigned(company, host="sts.amazonaws.com"),
        "for the STS of another region": presigned(company, host="sts.us-east-1.amazonaws.com"),
        "for a host that is not AWS": presigned(company, host="sts.eu-south-1.amazonaws.com.example.org"),
        "for another action": presigned(company, action="GetSessionToken"),
        "with one more parameter": encoded(url + "&X-Amz-More=1"),
        "by plain HTTP": encoded(url.replace("https:", "http:")),
        "without its prefix": good.removeprefix(PREFIX),
        "with nothing after its prefix": PREFIX,
        "too long": good + "A" * 4096,
        "of somebody without an entry": company.token("dario"),
    }


def test_a_bad_token_is_nobody(granted):
    bad = bad_tokens(granted)
    assert granted.status(PODS, granted.token("ana")) == 200
    assert {name: granted.status(PODS, token) for name, token in bad.items()} == dict.fromkeys(bad, 401)
    assert granted.status(PODS, granted.token("ana")) == 200


def test_kubectl_with_a_bad_token_is_told_that_it_is_not_logged_in(granted):
    server = ("--server", granted.sandbox.kube_url, "--certificate-authority", str(granted.sandbox.address.ca_file))
    bad = bad_tokens(granted)
    for name in ("tampered", "expired", "for another cluster", "of somebody without an entry"):
        done = granted.run("ana", "kubectl", *server, "--token", bad[name], "-n", "staging", "get", "pods")
        assert done.code == 1
        assert "You must be logged in to the server" in done.err, name
    good = ("--token", granted.token("ana"))
    assert granted.run("ana", "kubectl", *server, *good, "-n", "staging", "get", "pods").code == 0


def test_a_user_made_anew_under_an_old_name_is_nobody(granted):
    """An entry is for the user that was, by its id; the name and the ARN are those of before."""
    assert granted.status(PODS, granted.token("ben")) == 200
    iam = granted.client("iam")
    for group in iam.list_groups_for_user(UserName="ben")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="ben")
    iam.delete_access_key(UserName="ben", AccessKeyId=granted.sandbox.keys["ben"][0])
    iam.delete_user(UserName="ben")
    iam.create_user(UserName="ben")
    key = iam.create_access_key(UserName="ben")["AccessKey"]
    granted.sandbox.keys["ben"] = key["AccessKeyId"], key["SecretAccessKey"]
    assert granted.status(PODS, granted.token("ben")) == 401


def test_a_token_says_who_somebody_is_and_not_who_they_say_they_are(granted):
    review = json.loads(granted.ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, granted.token("ana"))[1])
    user = review["status"]["userInfo"]
    assert user["username"] == "arn:aws:iam::111122223333:user/ana"
    assert set(user["groups"]) == {"kaccess:payments-developers", "system:authenticated"}
