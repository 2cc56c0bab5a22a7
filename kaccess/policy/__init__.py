"""The policy file: read with places, checked, proven, resolved to a desired state, and edited in place.

`load` turns files into a `kaccess.model.policy.Policy` or into all that is wrong with them; `lint` and `expectations`
judge a policy; `resolve` says what it wants of one cluster; `edit` changes the files. Nothing here talks to AWS or to
a cluster: who is in a group and which namespaces exist is handed in.
"""
