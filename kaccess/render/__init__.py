"""Text that others apply: the manifests of a reconciler, the RBAC and the IAM policies of those who run kaccess.

Pure: a policy in, documents or their text out. What is rendered holds no more rights than the verbs need, and says why
where that is not plain. The rooms that do the work are not asked: what they need is written down here, and tests run
them with exactly that.
"""
