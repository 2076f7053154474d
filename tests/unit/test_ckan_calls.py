"""Calls of a CKAN: never sent twice blindly, never for ever, and no word of the portal's in an error. Synthetic."""

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.portals import ckan_calls
from pipelines.portals.ckan_answers import (
    BusyError,
    ForbiddenError,
    InvalidError,
    MissingError,
    TooLargeError,
    UnclearError,
    error_of,
)
from pipelines.portals.ckan_calls import Calls

LEAK = "8990000000016"


class Scripted:
    """Answers each call with the next of a list: an error is raised, all else is the answer."""

    address = "http://127.0.0.1"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[str] = []

    def send(self, action: str, data: Mapping[str, Any], upload: Mapping[str, Path], seconds: float) -> Any:
        assert seconds > 0, "every call has a time limit"
        assert data is not None
        assert upload is not None
        self.sent.append(action)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> requests.Response:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are made, without waiting for them."""
    made: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", made.append)
    return made


def unclear() -> UnclearError:
    return UnclearError("no answer", remedy="again")


def busy(seconds: str) -> Exception:
    return error_of(429, {"Retry-After": seconds}, b"<html>")


def never() -> None:
    raise AssertionError("nobody asked for that")


def test_an_outcome_that_is_not_known_is_looked_up_before_anything_is_sent_again() -> None:
    portal = Scripted(unclear())
    assert Calls(portal).write("package_create", {}, done=lambda: "there") == "there"
    assert portal.sent == ["package_create"], "a second one would be a second dataset"


def test_what_was_not_done_is_sent_again() -> None:
    portal = Scripted(unclear(), unclear(), "made")
    looked: list[int] = []

    def done() -> None:
        looked.append(1)

    assert Calls(portal).write("package_create", {}, done=done) == "made"
    assert len(portal.sent) == 3
    assert len(looked) == 2


def test_a_refusal_after_an_unknown_outcome_may_be_the_first_coming_through_late() -> None:
    late = iter([None, "there"])
    portal = Scripted(unclear(), error_of(409, {}, b'{"error": {"name": ["in use"], "__type": "Validation Error"}}'))
    assert Calls(portal).write("package_create", {}, done=lambda: next(late)) == "there"


def test_a_refusal_is_not_looked_up_where_nothing_is_unknown() -> None:
    portal = Scripted(error_of(409, {}, b'{"error": {"name": ["in use"]}}'))
    with pytest.raises(InvalidError):
        Calls(portal).write("package_create", {}, done=never)


@pytest.mark.parametrize(("status", "error"), [(403, ForbiddenError), (404, MissingError), (413, TooLargeError)])
def test_what_will_not_pass_is_not_tried_again(status: int, error: type[Exception]) -> None:
    portal = Scripted(error_of(status, {}, b""))
    with pytest.raises(error):
        Calls(portal).read("package_show")
    assert len(portal.sent) == 1


def test_the_pause_that_the_portal_asks_for_is_made(pauses: list[float]) -> None:
    portal = Scripted(busy("17"), busy("3"), "done")
    assert Calls(portal).write("package_patch", {}) == "done"
    assert pauses == [17.0, 3.0]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": {"retry_after": 9}}),
        (429, {"retryAfter": "9"}),
        (400, {"success": False, "error": {"status": 429, "retry-after": 9}}),
        (503, {"Retry-After": 9}),
    ],
)
def test_a_pause_in_the_body_is_made_too(status: int, body: dict[str, Any]) -> None:
    error = error_of(status, {}, json.dumps(body).encode())
    assert isinstance(error, BusyError | UnclearError)
    assert error.pause == 9


def test_a_pause_of_an_hour_is_not_waited_for(pauses: list[float]) -> None:
    portal = Scripted(busy("3600"))
    with pytest.raises(BusyError) as refusal:
        Calls(portal).read("package_show")
    assert pauses == []
    assert "later" in refusal.value.remedy


def test_attempts_end(pauses: list[float]) -> None:
    portal = Scripted(*(unclear() for _ in range(1000)))
    calls = Calls(portal)
    with pytest.raises(UnclearError):
        calls.read("package_show")
    assert len(portal.sent) == ckan_calls.ATTEMPTS
    assert all(first <= second + 1.5 for first, second in pairwise(pauses)), "they grow"
    for _ in range(20):
        with pytest.raises(UnclearError):
            calls.read("package_show")
    made = len(pauses)
    with pytest.raises(UnclearError):
        calls.read("package_show")
    assert len(pauses) == made <= ckan_calls.RETRIES_IN_ALL, "those of one publication together end, too"


@pytest.mark.parametrize(
    "act",
    [
        lambda body: error_of(409, {}, body),
        lambda body: error_of(500, {}, body),
        lambda body: error_of(400, {}, body),
        lambda body: error_of(403, {}, body),
    ],
)
def test_no_error_says_what_the_portal_says(act: Callable[[bytes], Exception]) -> None:
    said = {"error": {"records": [f'invalid input syntax: "{LEAK}"'], "records_row": 4, "message": LEAK}}
    assert LEAK not in str(act(json.dumps(said).encode()))


def test_the_row_and_the_field_of_a_refusal_are_known() -> None:
    refusal = error_of(409, {}, b'{"error": {"records": ["x"], "records_row": 4, "__type": "Validation Error"}}')
    assert isinstance(refusal, InvalidError)
    assert refusal.row == 4
    assert "records" in refusal.fields
