"""The paths and objects that several test files use."""

CM = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
NS = "/api/v1/namespaces"
MERGE = "application/merge-patch+json"


def cm(name="a", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(called="web", **container):
    labels = {"app": called}
    pod = {"containers": [{"name": "c", "image": "i:1"} | container]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": called}, "spec": spec}
