"""What holds whenever kaccess says no: one line for each problem, no output, nothing written anywhere."""

import json

SANDBOX = "sandbox"
CACHED = (".lock", ".token")


def state(company):
    """Everything a command could have written: the cluster's objects, EKS's entries, and every file of everyone."""
    observers = company.sandbox.observers
    aws, kube, observers.aws, observers.kube = observers.aws, observers.kube, None, None
    try:
        return company.objects(), company.entries(), files(company.folder)
    finally:
        observers.aws, observers.kube = aws, kube


def files(folder):
    """The content of every file in `folder`, by path; of a special file, its kind.

    Not counted are the sandbox's own, and in the token cache its locks and tokens: what signed one keeps it.
    """
    found = (path for path in folder.rglob("*") if SANDBOX not in path.relative_to(folder).parts)
    found = (path for path in found if not (path.suffix in CACHED and path.parent.name == "tokens"))
    return {path: path.read_bytes() if path.is_file() else path.lstat().st_mode for path in found if not path.is_dir()}


def refused(company, person, *words, code=1, program=(), shown=""):
    """The lines that a refused command says, without their `error: `.

    `program` is how kaccess is started, if not as usual. `shown` is what it may tell on stderr before: how lines begin.
    """
    before = state(company)
    done = company.run(person, *program, *words) if program else company.kaccess(person, *words)
    assert done.code == code, done
    assert done.out == ""
    assert state(company) == before
    lines = done.err.splitlines()
    while shown and not lines[0].startswith("error: "):
        assert lines.pop(0).startswith(tuple(shown))
    assert lines
    assert all(line.startswith("error: ") for line in lines), done.err
    return [line.removeprefix("error: ") for line in lines]


def refused_as_json(company, person, *words, code=1):
    """The errors in the envelope of a refused command."""
    before = state(company)
    done = company.kaccess(person, *words, "-o", "json")
    answer = json.loads(done.out)
    assert (done.code, answer["exitCode"], answer["status"], answer["data"]) == (code, code, "error", None)
    assert answer["apiVersion"] == "kaccess/v1"
    assert done.err == ""
    assert state(company) == before
    return answer["errors"]
