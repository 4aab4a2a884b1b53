"""When a request is sent again, against a server that answers by a script."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from latchkey import ConnectionFailed, ProblemError, RetryPolicy

from .conftest import Client
from .line import Line, Scripted

Make = Callable[..., Client]
KEY = "/manage/v1/keys/{id}"
VALUES = {"id": "key_8fQ2nLw0Zz"}


def client(make: Make, line: Line, **policy: Any) -> Client:
    retries = RetryPolicy(**policy)
    return make(line.url, "lkm_scripted", retries=retries, verify_retries=retries)


def test_a_429_is_waited_for_as_long_as_it_says_and_has_one_idempotency_key(make: Make) -> None:
    with Line.script(Scripted(429, {"retry-after": "1"}), Scripted(201)) as line:
        client(make, line).create_key("Shop", "default")
    first, second = line.requests
    assert second.at - first.at >= 1.0
    assert len(first.headers["idempotency-key"]) == 36
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_retry_after_may_be_a_date(make: Make) -> None:
    at = (datetime.now(timezone.utc) + timedelta(seconds=2)).replace(microsecond=0)
    with Line.script(Scripted(503, {"retry-after": format_datetime(at, usegmt=True)}), Scripted(200)) as line:
        client(make, line).request("GET", "/manage/v1/nodes")
    assert datetime.now(timezone.utc) >= at


def test_a_wait_beyond_the_time_left_is_not_begun(make: Make) -> None:
    begun = time.monotonic()
    with Line.script(Scripted(429, {"retry-after": "3600"})) as line, pytest.raises(ProblemError) as raised:
        client(make, line).create_key("Shop", "default")
    assert (raised.value.status, raised.value.retry_after) == (429, 3600)
    assert time.monotonic() - begun < 0.9
    assert len(line.requests) == 1


def test_tries_have_an_end(make: Make) -> None:
    with Line.script(Scripted(503)) as line, pytest.raises(ProblemError):
        client(make, line, tries=3).create_key("Shop", "default")
    assert len(line.requests) == 3


def test_a_post_is_sent_again_after_a_broken_connection(make: Make) -> None:
    with Line.script(Scripted(), Scripted(503), Scripted(201)) as line:
        client(make, line).create_key("Shop", "default")
    assert len(line.requests) == 3
    assert len({seen.headers["idempotency-key"] for seen in line.requests}) == 1


def test_a_patch_and_a_delete_are_sent_again_only_where_nothing_was_done(make: Make) -> None:
    with Line.script(Scripted(503)) as line:
        for method in ("PATCH", "DELETE"):
            with pytest.raises(ProblemError):
                client(make, line).request(method, KEY, values=VALUES)
    assert [seen.method for seen in line.requests] == ["PATCH", "DELETE"]
    with Line.script(Scripted(429), Scripted(204)) as line:
        client(make, line).request("DELETE", KEY, values=VALUES)
    assert len(line.requests) == 2
    assert "idempotency-key" not in line.requests[0].headers


def test_other_refusals_are_final(make: Make) -> None:
    with Line.script(Scripted(409)) as line, pytest.raises(ProblemError):
        client(make, line).create_key("Shop", "default")
    assert len(line.requests) == 1


def test_a_server_that_never_answers_is_left_after_a_while(make: Make) -> None:
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ConnectionFailed, match="in time"):
        retries = RetryPolicy(tries=2, timeout=0.1)
        make(f"http://127.0.0.1:{silent.getsockname()[1]}", verify_retries=retries).verify("x", endpoint="chat")
    assert 0.2 <= time.monotonic() - begun < 1.5


def test_a_redirect_is_not_followed_since_the_token_is_for_one_address(make: Make) -> None:
    with Line.script(Scripted(307, {"location": "/elsewhere"})) as line:
        with pytest.raises(ProblemError, match="ERR_UNEXPECTED_ANSWER"):
            client(make, line).request("GET", "/manage/v1/nodes")
    assert len(line.requests) == 1


@pytest.mark.parametrize(
    "body", [{}, [], "VALID", {"valid": True}, {"valid": True, "code": "NOT_FOUND"}, {"valid": "yes", "code": "VALID"}]
)
def test_an_answer_that_is_no_decision_allows_nothing(make: Make, body: Any) -> None:
    with Line.script(Scripted(200, body=body)) as line, pytest.raises(ProblemError, match="ERR_UNEXPECTED_ANSWER"):
        client(make, line).verify("x", endpoint="chat")
