"""A second cluster for the sandbox's account: its own Kubernetes API, in the same process."""

import base64
from contextlib import contextmanager
from datetime import datetime, timezone

from kaccess.sandbox import world
from kaccess.sandbox.authenticator import Authenticator
from kaccess.sandbox.certificates import KUBERNETES_HOSTS, Authority
from kaccess.sandbox.kube.app import create_app
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.listeners import KubeListener


@contextmanager
def second_cluster(company, name):
    """The objects of a new cluster of this name, made by the company's administrator; its mode is API."""
    cloud, store, kube = company.sandbox.cloud, Store(), KubeListener()
    now = datetime.now(timezone.utc)
    world.seed_kube(store, now)
    files = Authority(company.folder, f"ca-{name}", now).issue("server", KUBERNETES_HOSTS)
    authenticator = Authenticator(cloud, name, cloud.now, dict)
    app = create_app(store, authenticator.authenticate, access=authenticator.access_allows, now=cloud.now)
    try:
        kube.start(app, files.certificate, files.key)
        register(company, name, kube.url, files.authority_pem)
        yield store
    finally:
        kube.stop()


def register(company, name, url, authority_pem):
    """Let EKS tell of a cluster at this URL, which somebody may serve or not."""
    account = company.sandbox.cloud.account
    cluster = account.eks.create_cluster(name, account.arn("iam", "role/cardo-cluster"), {}, version="1.36")
    cluster.endpoint = url
    cluster.certificate_authority = {"data": base64.b64encode(authority_pem).decode()}
    company.sandbox.cloud.entries.born(name, "API", account.arn("iam", "user/admin"))
