"""The ConfigMap kube-system/aws-auth: whom aws-iam-authenticator lets in, read as it reads it and changed row by row.

`rows`, `checks`, `sections` and `document` read; `edit`, `layout` and `flow` change the text of one row and prove that
nothing else changed; `config_map` and `restore` speak to the API server. The file is foreign: only rows that carry
kaccess's groups are ever touched, and a file that is not understood is refused.
"""
