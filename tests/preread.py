"""botocore's data, megabytes of JSON, read once in a process, for those that it forks too, and not for each session.

Importing this is enough. The tests make sessions by the thousand, and reading is half of what one costs.
"""

from functools import cache

from botocore.loaders import JSONFileLoader


@cache
def _read(path, read=JSONFileLoader.load_file):
    return read(JSONFileLoader(), path)


JSONFileLoader.load_file = lambda _, file_path: _read(file_path)
