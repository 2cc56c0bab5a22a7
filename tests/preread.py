"""botocore's data, megabytes of JSON, read once for a process and those it forks, and not once for each session.

Importing this is enough. The tests make sessions by the thousand, and reading is half of what one costs.
"""

from functools import cache

import botocore.session
from botocore.loaders import JSONFileLoader


@cache
def _read(path, read=JSONFileLoader.load_file):
    return read(JSONFileLoader(), path)


JSONFileLoader.load_file = lambda _, file_path: _read(file_path)

for service in ("eks", "iam", "sts"):
    botocore.session.Session().create_client(service, region_name="eu-south-1")
