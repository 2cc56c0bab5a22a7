"""Whatever stands in a kubeconfig: kaccess adds and removes its own, or says in one line why not; the rest stays."""

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.kubeconfig.read import programs, read
from kaccess.kubeconfig.write import remove, text_of, write
from tests.fuzz.budget import share
from tests.fuzz.policies import mutated
from tests.kubeconfig.samples import FOREIGN, PROGRAM, access

pytestmark = pytest.mark.thorough

OURS = text_of([access("a", "b"), access("c", alias="other")], program=PROGRAM)
MERGED = FOREIGN.replace("current-context", "extra") + OURS
SEEDS = st.sampled_from([FOREIGN, OURS, FOREIGN.replace("\n", "\r\n"), '{"kind": "Config", "users": []}', ""])
DATA = mutated(SEEDS).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60)


def foreign_names(data):
    """The names of entries without our mark, by another reader; None if it cannot read them."""
    try:
        root = yaml.load(data.decode(), Loader=yaml.CBaseLoader)
        return {
            (kind, entry["name"])
            for kind in ("clusters", "users", "contexts")
            for entry in root.get(kind) or ()
            if "kaccess.io" not in str(entry)
        }
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError, TypeError, KeyError):
        return None


@share(10)
@given(DATA)
def test_no_traceback_no_half_file_and_nothing_foreign_lost(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(data)
        for verb in (
            lambda: read((path,)),
            lambda: programs((path,)),
            lambda: write([access("a", "new")], program=PROGRAM, paths=(path,)),
            lambda: remove((path,)),
        ):
            before = path.read_bytes()
            try:
                verb()
            except KubeconfigError as error:
                event("refused")
                if "\n" in str(error) or path.read_bytes() != before:
                    raise
                continue
            known = foreign_names(before)
            if known is not None:
                assert known == foreign_names(path.read_bytes())
            event("done")
        assert {each.name for each in Path(folder).iterdir()} <= {"config", "config.kaccess-backup"}
