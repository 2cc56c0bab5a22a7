"""The sandbox's Kubernetes API: an ASGI application that kubectl and client libraries take for an API server.

It stores objects in memory and answers as kube-apiserver does: authentication, impersonation, RBAC with its escalation
checks, conflicts, patches, server-side apply, watches, tables. No controller runs behind it apart from what its callers
would otherwise wait for (`controllers`), so nothing is scheduled and no container starts. Existing mock servers for
Kubernetes do not fit: they know neither RBAC's refusals nor field managers nor pages. Serving it over TLS, and knowing
who a token belongs to, is left to the caller of `app.create_app`.
"""
