"""The doctor's engine: nothing throws, nothing lasts, and what depends on a failure is not checked."""

import time
from datetime import datetime, timedelta, timezone
from threading import Event

import pytest

from kaccess.model.errors import KaccessError
from kaccess.workflows.doctor import Answer, Check, Outcome, examine
from kaccess.workflows.doctor_remote import account_checks

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)


def raising(error):
    def look():
        raise error

    return look


def outcomes(*chains, **settings):
    return [(each.what, each.outcome.value, str(each)) for each in examine(chains, **settings)]


def test_a_failure_ends_its_chain_and_no_other():
    found = outcomes(
        (
            Check("one", lambda: Answer("fine")),
            Check("two", raising(KaccessError("it is broken; repair it"))),
            Check("three", lambda: Answer("never asked")),
        ),
        (Check("four", lambda: Answer("odd", "look at it")),),
    )
    assert found == [
        ("one", "ok", "one: fine"),
        ("two", "failure", "two: it is broken; repair it"),
        ("three", "warning", "three: not checked; mend two first"),
        ("four", "warning", "four: odd; look at it"),
    ]


@pytest.mark.parametrize("error", [ValueError("token=secret"), KeyError("x"), OSError(2, "x"), RecursionError()])
def test_a_check_that_is_itself_broken_is_a_failure_without_its_details(error):
    ((_, outcome, line),) = outcomes((Check("one", raising(error)),))
    assert outcome == "failure"
    assert type(error).__name__ in line
    assert "secret" not in line


def test_what_hangs_is_a_failure_in_time():
    released = Event()
    start = time.monotonic()
    ((_, outcome, line),) = outcomes((Check("one", lambda: Answer(str(released.wait()))),), patience=0.05)
    released.set()
    assert time.monotonic() - start < 5
    assert (outcome, "no answer within" in line) == ("failure", True)


class Account:
    def __init__(self, skew=timedelta(), expires_in=None, region="eu-south-1"):
        self.skew, self.expires_in, self._region = skew, expires_in, region

    def caller(self):
        return "arn:aws:iam::111122223333:user/ana"

    def expires_at(self):
        return self.expires_in and NOW + self.expires_in

    def aws_time(self):
        return None if self.skew is None else NOW + self.skew

    def region(self):
        return self._region


@pytest.mark.parametrize(
    ("account", "what", "outcome", "says"),
    [
        (Account(), "clock", Outcome.OK, "agrees with AWS"),
        (Account(timedelta(seconds=90)), "clock", Outcome.WARNING, "90 s behind AWS"),
        (Account(timedelta(minutes=-6)), "clock", Outcome.FAILURE, "360 s ahead of AWS"),
        (Account(None), "clock", Outcome.WARNING, "does not tell"),
        (Account(expires_in=timedelta(minutes=42)), "credentials", Outcome.OK, "for 42 min more"),
        (Account(region=None), "region", Outcome.WARNING, "none is set"),
        (Account(region="milan"), "region", Outcome.FAILURE, "'milan' is no AWS region; set AWS_REGION"),
    ],
)
def test_the_callers_side(account, what, outcome, says):
    found = {each.what: each for each in examine(account_checks(account, lambda: NOW))}
    assert found[what].outcome is outcome
    assert says in str(found[what])
