"""The catalogue of findings, as data. To the kinds that are here come the hazards of roles, `kaccess.rbac.catalogue`.

Sources: the EKS user guide (access entries, aws-auth), aws-iam-authenticator's code, Kubernetes' "Role Based Access
Control Good Practices".
"""

from __future__ import annotations

from typing import Final

from kaccess.model.finding import FindingKind, Severity

GOOD_PRACTICES: Final = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
_EKS: Final = "https://docs.aws.amazon.com/eks/latest/userguide"
_ENTRIES: Final = f"{_EKS}/access-entries.html"
_AWS_AUTH: Final = f"{_EKS}/auth-configmap.html"
_RBAC: Final = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"
_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_PLAN: Final = "look at `kaccess plan`, then `kaccess apply`"

_IDENTITY: Final = (
    FindingKind(
        "entry-orphan",
        Severity.MEDIUM,
        "an entry for a principal that IAM does not have",
        "a row of aws-auth lets in whoever makes a user or role of that name again; an access entry lets in nobody",
        "delete the entry or row",
        _ENTRIES,
    ),
    FindingKind(
        "entry-recreated",
        Severity.HIGH,
        "an access entry that is bound to a principal that is gone",
        "the principal of that name now is another one; the entry was not meant for it, and does not let it in",
        f"{_PLAN}; if others made the entry, delete it and make it again",
        _ENTRIES,
    ),
    FindingKind(
        "row-shadowed",
        Severity.MEDIUM,
        "a row of aws-auth that an access entry hides",
        "the cluster looks at the access entry alone; who reads the row believes what is not so",
        "move what is still meant to the access entry, and delete the row; `kaccess migrate` helps",
        f"{_EKS}/migrating-access-entries.html",
    ),
    FindingKind(
        "row-duplicate",
        Severity.MEDIUM,
        "several rows of aws-auth for one principal",
        "the server takes the last of them, and none of the groups of the others",
        "unite the rows, if nobody may get more by it than is meant",
        _AWS_AUTH,
    ),
    FindingKind(
        "aws-auth-malformed",
        Severity.HIGH,
        "a part of aws-auth that the server does not read as it is written",
        "the access that it seems to give, or to limit, is not what people have",
        "mend the ConfigMap kube-system/aws-auth, or move to access entries",
        _AWS_AUTH,
    ),
    FindingKind(
        "aws-auth-unreadable",
        Severity.CRITICAL,
        "aws-auth cannot be parsed",
        "one error empties a whole section of it: neither people nor nodes come in by it",
        "mend the ConfigMap kube-system/aws-auth",
        _AWS_AUTH,
    ),
    FindingKind(
        "account-admitted",
        Severity.HIGH,
        "aws-auth lets in everybody of an AWS account",
        "each user and role of it can log in, and has what is bound to system:authenticated or to its ARN",
        "take the account out of mapAccounts, and give those who are meant an entry each",
        _AWS_AUTH,
    ),
    FindingKind(
        "system-masters",
        Severity.HIGH,
        "an entry in system:masters",
        "neither RBAC nor an admission webhook holds that group back, and no binding shows it",
        "give the principal the access policy or the role that it needs instead",
        GOOD_PRACTICES,
    ),
    FindingKind(
        "cluster-admin-access-policy",
        Severity.MEDIUM,
        "an entry with AmazonEKSClusterAdminPolicy for the whole cluster",
        "it allows everything, and no listing of RBAC shows it",
        "keep it to one role for emergencies; limit the others to namespaces",
        f"{_EKS}/access-policies.html",
    ),
    FindingKind(
        "trust-wider",
        Severity.MEDIUM,
        "an IAM role that others may assume besides the members of its group",
        "they come into the cluster with all that the group is granted",
        "take away the policies that let them, or narrow the trust policy",
        f"{_IAM}/id_roles_update-role-trust-policy.html",
    ),
    FindingKind(
        "dormant",
        Severity.LOW,
        "a user with access who has not been seen for 90 days",
        "credentials that nobody uses are credentials whose theft nobody notices",
        "take the user out of the IAM group, or `kaccess offboard` them",
        f"{_IAM}/id_credentials_finding-unused.html",
    ),
)

_RBAC_KINDS: Final = (
    FindingKind(
        "cluster-admin-binding",
        Severity.HIGH,
        "a ClusterRoleBinding that gives everything",
        "its subjects may do everything in the whole cluster",
        "bind a role with the rules that are needed, in the namespaces that are meant",
        GOOD_PRACTICES,
    ),
    FindingKind(
        "aws-auth-writable",
        Severity.HIGH,
        "a way to write aws-auth",
        "whoever writes a row of it is in whatever group they write there, system:masters too",
        "limit the rule to names or other namespaces, or move to authenticationMode API, which ignores aws-auth",
        _AWS_AUTH,
    ),
    FindingKind(
        "everybody-bound",
        Severity.HIGH,
        "a binding to everybody who can log in",
        "each principal with an entry, and each service account, has it, whatever else they were given",
        "bind the groups that are meant",
        GOOD_PRACTICES,
    ),
    FindingKind(
        "anonymous-bound",
        Severity.CRITICAL,
        "a binding to requests without a login",
        "whoever reaches the API server has it, from the internet if the endpoint is public",
        "delete the binding",
        GOOD_PRACTICES,
    ),
    FindingKind(
        "foreign-binding",
        Severity.LOW,
        "a binding that others made and that reaches a namespace of the policy",
        "the policy is not all that gives access there; a ClusterRoleBinding, which reaches all of them, is info",
        "grant it by the policy and delete the binding, or accept it with its reason",
        _RBAC,
    ),
    FindingKind(
        "own-group-bound",
        Severity.HIGH,
        "a binding that others made for a group of the policy",
        "the people of the group have more than the policy says, and no plan takes it away",
        "grant it by the policy, or delete the binding",
        _RBAC,
    ),
    FindingKind(
        "nobody-bound",
        Severity.LOW,
        "a binding to a user, group or service account that nobody can be",
        "whoever gets an entry with that name later, or makes the service account, has what is bound to it unasked",
        "delete the binding, or the subject in it",
        GOOD_PRACTICES,
    ),
    FindingKind(
        "role-missing",
        Severity.LOW,
        "a binding to a role that does not exist",
        "it gives nothing until somebody makes a role of that name, and then whatever that role allows",
        "delete the binding",
        _RBAC,
    ),
    FindingKind(
        "broad-role",
        Severity.MEDIUM,
        "a binding to Kubernetes' own edit or admin",
        "they read secrets, open shells and act as every service account of the namespace; admin hands that on as well",
        "bind a role with the rules that are needed; in a role of the policy that means it, add the ids to its `allow`",
        f"{_RBAC}#user-facing-roles",
    ),
    FindingKind(
        "aggregated-role",
        Severity.LOW,
        "a ClusterRole that widens view, edit or admin",
        "all who are bound to those have its rules as well, wherever they are bound",
        "take the aggregation label off it, or bind roles with rules of their own",
        f"{_RBAC}#aggregated-clusterroles",
    ),
)

_POLICY: Final = (
    FindingKind(
        "drift",
        Severity.MEDIUM,
        "the cluster is not as the policy says",
        "somebody has access that the policy took away, or lacks what it gives",
        _PLAN,
        "",
    ),
    FindingKind(
        "owned-changed",
        Severity.HIGH,
        "a role, binding or namespace of kaccess's that differs from the policy",
        "somebody changed it by hand, or the policy was changed and not applied: it gives what the policy does not say",
        _PLAN,
        "",
    ),
    FindingKind(
        "grant-expired",
        Severity.INFO,
        "a grant that is over",
        "it has no effect any more, and makes the policy harder to read",
        "delete the line",
        "",
    ),
    FindingKind(
        "grant-expiring",
        Severity.INFO,
        "a grant that ends within a week",
        "its people lose access then, perhaps in the middle of something",
        "tell them, or set a later `until`",
        "",
    ),
    FindingKind(
        "grant-unending",
        Severity.LOW,
        "a grant without an end of a role that reads secrets, opens shells or more",
        "what is dangerous is safer to have for the hours that it is needed",
        "set `until`, or grant it when it is needed: `kaccess grant --for 8h`",
        "",
    ),
    FindingKind(
        "test-exceeded",
        Severity.HIGH,
        "somebody can do what a test of the policy says they cannot",
        "the policy keeps the promise; something else in the cluster, or another group, breaks it",
        "take away what gives it, as the detail says; `kaccess explain` shows the chain",
        "",
    ),
)

FINDING_KINDS: Final = (*_IDENTITY, *_RBAC_KINDS, *_POLICY)
