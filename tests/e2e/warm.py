"""What every session reads of botocore's data: imported where kaccess is forked, so that no fork reads it again."""

import botocore.session

import tests.preread  # noqa: F401 - importing it is all

for service in ("eks", "iam", "sts"):
    botocore.session.Session().create_client(service, region_name="eu-south-1")
