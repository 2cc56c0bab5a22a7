"""AWS: whose credentials these are, who is in an IAM group, and the access entries of an EKS cluster.

The only room that imports botocore. It gives and takes the nouns of `kaccess.model`. What it cannot read is
an error, never an empty answer: an empty answer would be taken for "nobody is in this group".
"""
