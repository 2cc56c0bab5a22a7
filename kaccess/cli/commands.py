"""Every command of kaccess: its name, the module that holds it, and the line by which `kaccess --help` tells of it.

The lines are written here again so that the help of all need not import all; a test compares them.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Listed(NamedTuple):
    """A command that is not imported yet; in its module it is called `command`."""

    module: str
    summary: str


COMMANDS: Final = {
    "apply": Listed("kaccess.cli.apply", "Make the clusters agree with the policy."),
    "audit": Listed("kaccess.cli.audit", "Show who can do what, and how they come in."),
    "aws-auth": Listed("kaccess.cli.aws_auth", "The ConfigMap aws-auth of a cluster."),
    "can-i": Listed("kaccess.cli.can_i", "Ask whether you may do something."),
    "completion": Listed("kaccess.cli.completion_script", "Print the script that completes kaccess in a shell."),
    "doctor": Listed("kaccess.cli.doctor", "Find out why something does not work."),
    "explain": Listed("kaccess.cli.explain", "Show why someone can do what they can."),
    "expire": Listed("kaccess.cli.expire", "Take grants that have ended out of the policy."),
    "fmt": Listed("kaccess.cli.fmt", "Lay the policy out as kaccess would."),
    "grant": Listed("kaccess.cli.grant", "Grant a group a role."),
    "history": Listed("kaccess.cli.history", "Show which commits granted what the policy grants."),
    "init": Listed("kaccess.cli.init", "Write a first policy for a cluster."),
    "login": Listed("kaccess.cli.login", "Write a kubeconfig with what you were granted."),
    "logout": Listed("kaccess.cli.logout", "Take back what login wrote."),
    "migrate": Listed("kaccess.cli.migrate", "Move from aws-auth to access entries."),
    "offboard": Listed("kaccess.cli.offboard", "Take a person out of everything."),
    "plan": Listed("kaccess.cli.plan", "Show what would change, and why."),
    "reconcile": Listed("kaccess.cli.reconcile", "Keep the clusters in agreement with the policy and with IAM."),
    "render": Listed("kaccess.cli.render", "Write manifests and IAM policies for others to apply."),
    "revoke": Listed("kaccess.cli.revoke", "Revoke what a group was granted."),
    "rollback": Listed("kaccess.cli.rollback", "Go back to the policy of a commit."),
    "sandbox": Listed("kaccess.cli.sandbox", "A local AWS and Kubernetes to try things on."),
    "schema": Listed("kaccess.cli.schema", "Print the JSON Schema of the policy."),
    "token": Listed("kaccess.cli.token", "Print a token for kubectl."),
    "validate": Listed("kaccess.cli.validate", "Check the policy, without any network."),
    "who-can": Listed("kaccess.cli.who_can", "Show everybody who can do something."),
    "whoami": Listed("kaccess.cli.whoami", "Show who you are and what that opens."),
}
