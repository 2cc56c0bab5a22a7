"""Open a cluster's API with a token signed by the caller's own AWS credentials."""

from __future__ import annotations

from datetime import datetime, timezone

from kaccess.aws.session import AwsSession
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.sign import sign
from kaccess.kube.api import KubeApi
from kaccess.model.arn import Arn
from kaccess.model.identity import ClusterInfo


def connect_with(aws: AwsSession, info: ClusterInfo) -> KubeApi:
    """The API of a cluster, as the owner of these credentials."""
    region = Arn.parse(info.arn).region

    def token() -> str:
        now = datetime.now(timezone.utc)
        return sign(credentials_of(aws), cluster=info.name, region=region, now=now).text

    return KubeApi(info.endpoint, info.ca_data, token)


def credentials_of(aws: AwsSession) -> AwsCredentials:
    """The keys of an AWS session, in the form that signs tokens."""
    keys = aws.keys()
    return AwsCredentials(keys.access_key_id, keys.secret_access_key, keys.session_token, keys.expires_at)
