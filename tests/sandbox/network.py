"""Calls to a running sandbox as its people make them: AWS tells where the cluster is, a token says who they are."""

from __future__ import annotations

import base64
import json
import ssl
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from kaccess.sandbox import world


def described(session):
    client = session.client("eks")
    try:
        return client.describe_cluster(name=world.CLUSTER)["cluster"]
    finally:
        client.close()


def bearer(session, cluster=world.CLUSTER):
    url = f"https://sts.{session.region_name}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={"x-k8s-aws-id": cluster})
    SigV4QueryAuth(session.get_credentials(), "sts", session.region_name, expires=60).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")


def kube(session, path, body=None, cluster=world.CLUSTER):
    """Status and JSON of one call to the Kubernetes API, which EKS tells where to find."""
    found = described(session)
    context = ssl.create_default_context(cadata=base64.b64decode(found["certificateAuthority"]["data"]).decode())
    headers = {"Authorization": f"Bearer {bearer(session, cluster)}", "Content-Type": "application/json"}
    request = Request(found["endpoint"] + path, json.dumps(body).encode() if body else None, headers)
    try:
        with urlopen(request, context=context) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
