"""The token cache: private, never past its time, never someone else's, never in the way."""

from __future__ import annotations

import errno
import os
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from kaccess import files
from kaccess.credentials import folder
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cache import MARGIN, TokenCache
from kaccess.credentials.obtain import obtain
from kaccess.credentials.token import Token, TokenRequest
from kaccess.model.errors import LoginNeeded

NOW = 1_795_536_000
CLOCK = datetime.fromtimestamp(NOW, timezone.utc)
REQUEST = TokenRequest("cardo-eks", "eu-south-1")
TOKEN = Token("k8s-aws-v1.aHR0cHM6Ly9zdHM_-", NOW + 14 * 60)
KEYS = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "secret")


def file_of(cache: TokenCache, request: TokenRequest = REQUEST) -> Path:
    return Path(cache.slot(request).path)


def test_what_was_kept_is_found(cache, warnings, runtime):
    assert cache.slot(REQUEST).read(NOW) is None
    cache.slot(REQUEST).write(TOKEN)

    assert cache.slot(REQUEST).read(NOW) == TOKEN
    assert file_of(cache).parent == runtime / "kaccess"
    assert warnings == []


def test_the_file_and_the_folder_are_private_whatever_the_umask(cache):
    previous = os.umask(0)
    try:
        cache.slot(REQUEST).write(TOKEN)
    finally:
        os.umask(previous)
    assert file_of(cache).stat().st_mode & 0o777 == 0o600
    assert file_of(cache).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (NOW, True),
        (TOKEN.expires - MARGIN - 1, True),
        (TOKEN.expires - MARGIN, False),
        (TOKEN.expires + 1, False),
        (NOW - 1, False),  # made while the clock was ahead
    ],
)
def test_a_token_is_used_only_within_its_time(cache, now, found):
    cache.slot(REQUEST).write(TOKEN)
    assert (cache.slot(REQUEST).read(now) is not None) is found


@pytest.mark.parametrize(
    "request_",
    [
        TokenRequest("lena-eks", "eu-south-1"),
        TokenRequest("cardo-eks", "eu-west-1"),
        TokenRequest("cardo-eks", "cn-north-1"),
        TokenRequest("cardo-eks", "eu-south-1", "work"),
        TokenRequest("cardo-eks", "eu-south-1", None, "arn:aws:iam::111122223333:role/x"),
    ],
)
def test_each_request_has_a_file_of_its_own(cache, request_):
    cache.slot(REQUEST).write(TOKEN)

    assert cache.slot(request_).read(NOW) is None
    assert file_of(cache, request_) != file_of(cache)


@pytest.mark.parametrize(
    "change",
    [
        {"AWS_ACCESS_KEY_ID": "AKIAOTHER"},
        {"AWS_PROFILE": "other"},
        {"AWS_DEFAULT_PROFILE": "other"},
        {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x"},
        {"AWS_SHARED_CREDENTIALS_FILE": "/elsewhere"},
    ],
)
def test_a_token_of_other_credentials_is_not_used(cache, environ, other_cache, change):
    Path(environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[default]\n")
    cache.slot(REQUEST).write(TOKEN)

    assert other_cache({**environ, **change}).slot(REQUEST).read(NOW) is None


@pytest.mark.parametrize("variable", ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"])
def test_a_token_made_before_the_credentials_were_edited_is_not_used(cache, environ, variable):
    path = Path(environ[variable])
    for content in ("", "[default]\n", "[default]\nx = 1\n"):
        path.write_text(content)
        assert cache.slot(REQUEST).read(NOW) is None
        cache.slot(REQUEST).write(TOKEN)
        assert cache.slot(REQUEST).read(NOW) == TOKEN


def test_a_file_of_the_same_name_for_something_else_is_a_miss(cache):
    cache.slot(REQUEST).write(TOKEN)
    other = TokenRequest("lena-eks", "eu-south-1")
    file_of(cache).rename(file_of(cache, other))

    assert cache.slot(other).read(NOW) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text[:-1],
        lambda text: text + "more",
        lambda text: text.replace("kaccess token 1", "kaccess token 2"),
        lambda text: text.replace("aHR0", 'aH"0'),
        lambda text: text.replace("aHR0", "aH\n0"),
        lambda text: text.replace(str(TOKEN.expires), "soon"),
        lambda text: text.replace(str(TOKEN.expires), "9" * 5000),
        lambda text: text.replace("aHR0", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
        lambda text: "\0" * 100_000,
    ],
)
def test_a_damaged_file_is_just_a_miss(cache, warnings, damage):
    cache.slot(REQUEST).write(TOKEN)
    file_of(cache).write_text(damage(file_of(cache).read_text()))

    assert cache.slot(REQUEST).read(NOW) is None
    assert warnings == []
    cache.slot(REQUEST).write(TOKEN)
    assert cache.slot(REQUEST).read(NOW) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_file_that_others_could_read_or_write_is_refused_and_replaced(cache, warnings, mode):
    cache.slot(REQUEST).write(TOKEN)
    file_of(cache).chmod(mode)

    assert cache.slot(REQUEST).read(NOW) is None
    assert warnings == [f"{file_of(cache)}: others have access to it; the token in it is not used"]
    cache.slot(REQUEST).write(TOKEN)
    assert cache.slot(REQUEST).read(NOW) == TOKEN


def test_a_link_is_refused_and_replaced(cache, warnings, tmp_path):
    cache.slot(REQUEST).write(TOKEN)
    moved = file_of(cache).rename(tmp_path / "moved")
    file_of(cache).symlink_to(moved)

    assert cache.slot(REQUEST).read(NOW) is None
    assert len(warnings) == 1
    cache.slot(REQUEST).write(TOKEN)
    assert not file_of(cache).is_symlink()


def test_a_file_of_someone_else_is_refused(cache, warnings, monkeypatch):
    cache.slot(REQUEST).write(TOKEN)
    slot = cache.slot(REQUEST)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    assert slot.read(NOW) is None
    assert warnings == [f"{slot.path}: it belongs to someone else; the token in it is not used"]


@pytest.mark.parametrize("make", ["open", "link", "file"])
def test_a_folder_that_is_not_ours_alone_gets_no_token(cache, runtime, warnings, make, tmp_path):
    directory = runtime / "kaccess"
    if make == "open":
        directory.mkdir()
        directory.chmod(0o755)
    elif make == "link":
        (tmp_path / "other").mkdir(mode=0o700)
        directory.symlink_to(tmp_path / "other")
    else:
        directory.touch(mode=0o600)
    cache.slot(REQUEST).write(TOKEN)

    assert len(warnings) == 1
    assert "the token is not kept for the next call" in warnings[0]
    assert list(tmp_path.rglob("*.token")) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "run/kaccess"),
        ({"XDG_RUNTIME_DIR": ""}, ".cache/kaccess/tokens"),
        ({"XDG_RUNTIME_DIR": "/nonexistent"}, ".cache/kaccess/tokens"),
        ({"XDG_RUNTIME_DIR": "relative", "XDG_CACHE_HOME": "relative"}, ".cache/kaccess/tokens"),
    ],
)
def test_where_tokens_rest(environ, other_cache, tmp_path, changes, expected):
    cache = other_cache({**environ, **changes})
    cache.slot(REQUEST).write(TOKEN)

    assert file_of(cache).parent == tmp_path / expected
    assert cache.slot(REQUEST).read(NOW) == TOKEN


def test_clear_removes_every_token_and_nothing_else(cache, environ, other_cache, runtime):
    elsewhere = other_cache({**environ, "XDG_RUNTIME_DIR": ""})
    for place in (cache, elsewhere):
        place.slot(REQUEST).write(TOKEN)
        obtain(TokenRequest("lena-eks", "eu-south-1"), lambda: KEYS, lambda: CLOCK, place)
    (runtime / "kaccess" / "notes").touch()

    assert cache.clear() == 4
    assert [path.name for path in (runtime / "kaccess").iterdir()] == ["notes"]
    assert cache.clear() == 0


def test_what_was_left_long_ago_is_tidied(cache):
    cache.slot(REQUEST).write(TOKEN)
    old, new = file_of(cache).with_name("0.token"), file_of(cache).with_name("1.lock")
    for path in (old, new):
        path.touch()
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    cache.slot(REQUEST).write(TOKEN)

    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_takes_nothing_costs_only_the_cache(cache, warnings, monkeypatch, code):
    def refuse(path, content, **_):
        path.touch()
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files, "write_new", refuse)
    token = obtain(REQUEST, lambda: KEYS, lambda: CLOCK, cache)

    assert token.expires_at == CLOCK + timedelta(minutes=14)
    (line,) = warnings
    assert line.endswith(f"{os.strerror(code)}; the token is not kept for the next call")
    assert list(file_of(cache).parent.glob("*.partial")) == []


def test_a_burst_mints_once(cache):
    minted = []

    def load() -> AwsCredentials:
        minted.append(threading.get_ident())
        time.sleep(0.1)
        return KEYS

    tokens: list[Token] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(obtain(REQUEST, load, lambda: CLOCK, cache))) for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(minted) == 1
    assert len(tokens) == 50
    assert len(set(tokens)) == 1


def test_after_a_failure_the_next_one_tries(cache):
    def fail() -> AwsCredentials:
        raise LoginNeeded("sign in")

    with pytest.raises(LoginNeeded):
        obtain(REQUEST, fail, lambda: CLOCK, cache)
    assert obtain(REQUEST, lambda: KEYS, lambda: CLOCK, cache).expires == NOW + 14 * 60


def test_one_that_hangs_does_not_stop_the_others_for_ever(cache, monkeypatch):
    monkeypatch.setattr(folder, "PATIENCE", 0.1)
    with folder.hold(cache.slot(REQUEST).path):
        assert obtain(REQUEST, lambda: KEYS, lambda: CLOCK, cache).text.startswith("k8s-aws-v1.")


def test_a_token_is_signed_at_the_time_after_the_question(cache):
    times = iter([CLOCK, CLOCK + timedelta(minutes=3)])

    assert obtain(REQUEST, lambda: KEYS, lambda: next(times), cache).expires == NOW + 17 * 60


def test_credentials_edited_while_they_are_loaded_leave_no_token_behind(cache, environ):
    def load() -> AwsCredentials:
        Path(environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[default]\n")
        return KEYS

    obtain(REQUEST, load, lambda: CLOCK, cache)
    assert cache.slot(REQUEST).read(NOW) is None


def test_only_the_token_rests_on_the_disk(cache, environ, tmp_path):
    keys = AwsCredentials(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"])
    obtain(REQUEST, lambda: keys, lambda: CLOCK, cache)

    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert environ["AWS_SECRET_ACCESS_KEY"] not in path.read_text()
