"""The pages of the documentation do what they say: their commands run, their policies load, their JSON parses."""

import json
import sys
from collections import Counter

import pytest
import yaml

from kaccess.policy.load import PolicyError
from tests.docs.fragments import load_fragment
from tests.docs.pages import PAGES, ROOT, page_of
from tests.docs.story import NOT_RUN, play
from tests.programs import require_programs

each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


@each_page
def test_the_commands_of_a_page_do_what_it_says(path, tmp_path):
    page = page_of(path)
    if any(block.language == "console" and not block.not_run for block in page.blocks):
        require_programs("bash", "git")
        wrong = play(page, tmp_path)
        if wrong:
            pytest.fail("\n\n".join(wrong), pytrace=False)


@each_page
def test_the_documents_of_a_page_are_read(path):
    page = page_of(path)
    for block in page.blocks:
        where = f"{page.name}:{block.line}"
        try:
            if block.language == "yaml":
                load_fragment(block.text)
            elif block.language == "json":
                json.loads(block.text)
        except (PolicyError, ValueError, yaml.YAMLError) as wrong:
            pytest.fail(f"{where}: {wrong}", pytrace=False)


def test_what_is_not_run_has_a_reason_that_is_known(capsys):
    found = [(page.name, block) for page in map(page_of, PAGES) for block in page.blocks if block.not_run]
    for reason, count in sorted(Counter(block.not_run for _, block in found).items()):
        with capsys.disabled():
            sys.stdout.write(f"\nnot run, {reason}: {count} blocks")
    wrong = [f"{page}:{block.line}: {block.not_run}" for page, block in found if block.not_run not in NOT_RUN]
    assert not wrong, f"not a reason: {wrong}; there are {NOT_RUN}"
    assert {block.not_run for _, block in found} == set(NOT_RUN), "a reason that no block has"
