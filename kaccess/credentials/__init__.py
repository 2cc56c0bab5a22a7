"""Cluster tokens: signing them, keeping them until they end, and finding plain AWS credentials to sign with.

Standard library only. `hot` answers kubectl from the token cache and must start in no time, so what a cache hit
imports (`hot`, `token`, `cache`, `exec_credential`) gets by without dataclasses, typing, json and the like; what only
a miss needs is imported on a miss. Credentials that take more than reading a file (sign-on, assumed roles) are the
business of the `aws` room, which hands them in as `AwsCredentials`.
"""
