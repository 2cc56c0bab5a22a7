"""A local AWS and a local Kubernetes API that enforce what EKS would: the demo's stage and the tests' counterpart.

`aws` stands in for AWS, `kube` for the cluster's API server. Nothing here is reached by the product's own code paths:
adapters speak to the sandbox over the network, as they speak to AWS and to a cluster.
"""
