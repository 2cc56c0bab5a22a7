"""A company on a sandbox: its people at their shells, with the real command line and the real kubectl."""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import boto3

from kaccess.audit.access import effective_access, spoken_of
from kaccess.audit.snapshot import ClusterSnapshot
from kaccess.aws.eks import Eks
from kaccess.aws.session import AwsSession
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.sign import sign
from kaccess.kube.api import KubeApi
from tests.e2e import preloaded

PROGRAMS = Path(sys.executable).parent

POLICY = """\
apiVersion: kaccess/v1
kind: AccessPolicy

clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}

namespaces:
  development: {create: true, labels: {env: development}}
  staging: {}
  production: {}

roles:
  viewer: {cluster_role: view}
  developer:
    allow: [create-workloads]
    rules:
      - {apiGroups: [""], resources: [pods, pods/log, services, configmaps], verbs: [get, list, watch]}
      - {apiGroups: [apps], resources: [deployments], verbs: ["*"]}
  reader:
    rules:
      - {apiGroups: [""], resources: [pods], verbs: [get, list]}

grants:
"""

EMPTY = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}
grants: []
"""

APPLY = ("apply", "--yes", "--allow-mass-removal")

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"

PUBLISHED = {("configmaps", "kube-root-ca.crt")}
"""What a real cluster's controllers put into each namespace, in their own time."""


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def said(self):
        return self.out + self.err


@dataclass
class Company:
    """`environment(person)` are the variables that make that person's shell; `folder` is where the policy is.

    `patience` is how many seconds the plane may go on as before when something has changed. `mode_changed` lets it know
    that the cluster's authenticationMode has.
    """

    sandbox: object
    folder: Path
    extra: dict = field(default_factory=dict)
    patience: float = 0.0
    mode_changed: Callable[[], object] = bool
    clients: dict = field(default_factory=dict, repr=False)

    @property
    def policy_file(self):
        return self.folder / "kaccess.yaml"

    def empty_policy(self):
        self.policy_file.write_text(EMPTY)

    def policy(self, *grants, head=POLICY):
        lines = [f"  - {{group: {group}, role: {role}, namespaces: [{where}]}}\n" for group, role, where in grants]
        self.policy_file.write_text(head + ("".join(lines) or "  []\n"))

    def environment(self, person):
        home = self.folder / "homes" / person
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "NO_COLOR": "1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **self.sandbox.environment(person),
            **self.extra,
        }

    def start(self, person, *words, **settings):
        """Start a command without waiting for it."""
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.environment(person),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **settings,
        )

    def run(self, person, *words):
        process = self.start(person, *words)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err, err
        return Done(process.returncode, out, err)

    def kaccess(self, person, *words):
        done = Done(*preloaded.run(self.folder, self.environment(person), words))
        assert "Traceback" not in done.err, done.err
        return done

    def kubectl(self, person, context, *words):
        return self.run(person, "kubectl", "--context", f"cardo/{context}", *words)

    def kubectl_until(self, said, person, context, *words):
        """What kubectl does once it says this, or at the end of patience."""
        return self.until(lambda: self.kubectl(person, context, *words), lambda done: said in done.said)

    def until(self, ask, holds):
        """The first answer that holds, or the last before patience ends; without patience, the first."""
        deadline = time.monotonic() + self.patience
        while not holds(answer := ask()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return answer

    def apply(self):
        done = self.kaccess("admin", *APPLY)
        assert done.code == 0, done.said
        return done

    def token(self, person, cluster="cardo-eks", region="eu-south-1", now=None):
        """A cluster token of this person's own."""
        key, secret = self.sandbox.keys[person]
        moment = now or datetime.now(timezone.utc)
        return sign(AwsCredentials(key, secret), cluster=cluster, region=region, now=moment).text

    def ask(self, path, body=None, token=None, method=None):
        """Status and text that the API server answers, asked by the administrator unless another token is given.

        What has a body is a POST unless another method is given.
        """
        headers = {"Authorization": f"Bearer {token or self.token('admin')}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.sandbox.kube_url + path, data, headers, method=method)
        context = ssl.create_default_context(cadata=b64decode(self.sandbox.ca_data).decode())
        try:
            with urllib.request.urlopen(request, context=context) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()

    def status(self, path, token=None):
        return self.ask(path, token=token)[0]

    def get(self, path, token=None):
        """The JSON that the API server answers."""
        status, text = self.ask(path, token=token)
        assert status == 200, text
        return json.loads(text)

    def client(self, service, person="admin"):
        key, secret = self.sandbox.keys[person]
        if (service, key) not in self.clients:
            self.clients[service, key] = boto3.client(
                service,
                region_name="eu-south-1",
                endpoint_url=self.sandbox.aws_url,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
        return self.clients[service, key]

    def move(self, mode):
        """Change the authenticationMode of the cluster, which EKS does in one direction alone."""
        self.client("eks").update_cluster_config(name="cardo-eks", accessConfig={"authenticationMode": mode})
        self.mode_changed()

    def aws_auth(self):
        """The data of the ConfigMap aws-auth."""
        return self.get(AWS_AUTH)["data"]

    def write_aws_auth(self, **data):
        """Change sections of the ConfigMap aws-auth by hand."""
        found = self.get(AWS_AUTH)
        status, answer = self.ask(AWS_AUTH, {**found, "data": {**found["data"], **data}}, method="PUT")
        assert status == 200, answer

    def who(self, person, token=None):
        """The name and groups that the API server knows this person by, or this token; None if it refuses them."""
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        status, answer = self.ask(path, review, token or self.token(person))
        assert status in (201, 401), answer
        if status == 401:
            return None
        user = json.loads(answer)["status"]["userInfo"]
        return user.get("username", ""), tuple(sorted(set(user["groups"]) - {"system:authenticated"}))

    def entries(self):
        """Every access entry in full, by principal, without what time alone changes."""
        eks = self.client("eks")
        arns = eks.list_access_entries(clusterName="cardo-eks")["accessEntries"]
        found = (eks.describe_access_entry(clusterName="cardo-eks", principalArn=arn)["accessEntry"] for arn in arns)
        return {entry["principalArn"]: entry for entry in found}

    def objects(self, *kinds):
        """Every object of these kinds that somebody made, by kind, namespace and name."""
        paths = {
            "namespaces": "/api/v1/namespaces",
            "configmaps": "/api/v1/configmaps",
            **{
                kind: f"/apis/rbac.authorization.k8s.io/v1/{kind}"
                for kind in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
            },
        }
        return {
            (kind, item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
            for kind in kinds or paths
            for item in self.get(paths[kind])["items"]
            if (kind, item["metadata"]["name"]) not in PUBLISHED
        }

    def access(self):
        """Who may do what now: (principal, namespace, verb, API group, resource), by entries and RBAC as they are."""
        key, secret = self.sandbox.keys["admin"]
        patch = {**self.sandbox.environment("admin"), "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
        before = {name: os.environ.get(name) for name in patch}
        os.environ.update(patch)
        try:
            eks = Eks(AwsSession(), "eu-south-1")
            info = eks.cluster("cardo-eks")
            with KubeApi(info.endpoint, info.ca_data, lambda: self.token("admin")) as kube:
                mode = info.authentication_mode
                entries = () if mode == "CONFIG_MAP" else eks.entries(info)
                rows = None if mode == "API" else kube.aws_auth()
                read = ClusterSnapshot("cardo", info.name, "", "", mode, entries, rows, rbac=kube.inventory())
                found = effective_access(read)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        return {
            (access.principal, reach.namespace, verb, group, resource)
            for access in found
            if access.principal.startswith("arn:")
            for _, reach in spoken_of(access)
            for rule in reach.rules or ()
            for verb in rule.verbs
            for group in rule.api_groups
            for resource in rule.resources
        }
