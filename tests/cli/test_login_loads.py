"""What a login loads, which is most of the time it takes: nothing that only administrators or other programs need."""

import json
import subprocess
import sys

LOADED = """
import json, sys
import kaccess.cli.login, kaccess.cli.adapters, kaccess.aws.own_access, kaccess.kube.api
print(json.dumps(sorted(sys.modules)))
"""
HEAVY = (
    *("boto3", "s3transfer", "kubernetes", "requests", "ruamel", "keyring"),
    *("kaccess.planning", "kaccess.sandbox", "kaccess.audit", "kaccess.kube.aws_auth", "kaccess.aws.assume"),
)


def test_a_login_without_a_policy_loads_no_more_than_it_needs():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert [name for name in loaded if name.startswith(HEAVY)] == []
