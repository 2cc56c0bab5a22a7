"""The sandbox's AWS: moto behind a layer that enforces what AWS enforces.

moto keeps users, groups, roles, policies and clusters. This room adds what moto leaves out: signatures and session
tokens are verified, IAM policies are evaluated and deny by default, STS says who really calls, GetGroup has pages, and
EKS has access entries with its own rules and error codes. The Kubernetes side of the sandbox asks this room who a
caller is and how the cluster maps them; it is asked nothing in return.
"""
