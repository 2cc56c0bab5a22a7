"""kaccess: access to Amazon EKS without an administrator in the middle."""

__version__ = "0.1.0"
