"""What `verify` says about keys of a real server."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from latchkey import ConnectionFailed, Latchkey, ProblemError, RetryPolicy, Verification

from .conftest import Client
from .server import Server

UNKNOWN = "sk_live_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB"


def test_a_valid_key_is_told_with_all_that_belongs_to_it(client: Client, server: Server, request: pytest.FixtureRequest) -> None:
    name = f"Strict {request.node.callspec.id}"
    categories = [{"category": "gender", "on": True, "threshold": 30, "action": "block"}]
    profile = client.request("POST", "/manage/v1/profiles", json={"name": name, "categories": categories}).data["id"]
    key_id, token = server.key(endpoints=["chat"], biasProfile=profile)
    assert client.verify(token, endpoint="chat") == Verification(
        valid=True,
        code="VALID",
        key_id=key_id,
        name="Shop",
        environment="default",
        endpoint="chat",
        bias_profile={
            "id": profile,
            "name": name,
            "version": 1,
            "categories": [{"category": "gender", "threshold": 30, "action": "block"}],
        },
    )


def test_the_metadata_of_a_key_comes_along(client: Client, server: Server) -> None:
    metadata = {"plan": "pro", "seats": [1, {"nested": None}]}
    _, token = server.key(metadata=metadata)
    assert client.verify(token, endpoint="chat").metadata == metadata


def test_a_method_and_a_path_stand_for_an_endpoint(make: Callable[..., Client], server: Server) -> None:
    _, token = server.key(endpoints=["chat"])
    client = make(server.url)
    assert client.verify(token, method="POST", path="/api/v1/chat/completions").endpoint == "chat"
    image = client.verify(token, method="GET", path="/api/v1/img/x")
    assert (image.valid, image.code, image.endpoint) == (False, "FORBIDDEN", "image")
    nothing = client.verify(token, method="GET", path="/api/v1/img/..%2fchat")
    assert (nothing.valid, nothing.code, nothing.endpoint) == (False, "FORBIDDEN", None)


def test_an_unknown_key_and_one_that_was_deleted_are_the_same(client: Client, server: Server) -> None:
    key_id, token = server.key()
    client.request("DELETE", "/manage/v1/keys/{id}", values={"id": key_id})
    for each in (UNKNOWN, "nonsense", token):
        decision = client.verify(each, endpoint="chat")
        assert (decision.valid, decision.code, decision.key_id) == (False, "NOT_FOUND", None)


def test_a_key_that_was_disabled_is_refused_from_the_answer_on(client: Client, server: Server) -> None:
    key_id, token = server.key()
    change = client.request("PATCH", "/manage/v1/keys/{id}", values={"id": key_id}, json={"status": "inactive"}).change
    assert change is not None
    decision = client.verify(token, endpoint="chat", min_change=change)
    assert (decision.code, decision.key_id) == ("INACTIVE", key_id)


def test_a_key_ends(client: Client, server: Server) -> None:
    end = datetime.now(timezone.utc) + timedelta(seconds=1.5)
    _, token = server.key(expiresAt=end.isoformat(timespec="milliseconds"))
    time.sleep(max(0.0, (end - datetime.now(timezone.utc)).total_seconds()) + 0.1)
    assert client.verify(token, endpoint="chat").code == "EXPIRED"


def test_an_address_decides_where_it_matters(client: Client, server: Server) -> None:
    _, token = server.key(allowedAddresses=["203.0.113.0/24"])
    codes = [client.verify(token, endpoint="chat", ip=ip).code for ip in ("203.0.113.7", "198.51.100.1", None)]
    assert codes == ["VALID", "ADDRESS_NOT_ALLOWED", "ADDRESS_NOT_ALLOWED"]


def test_limits_come_along_and_a_limit_refuses(client: Client, server: Server) -> None:
    _, token = server.key(rateLimit={"day": 1})
    first = client.verify(token, endpoint="chat")
    assert first.valid and first.rate_limits
    assert first.rate_limits.limit.startswith('"day";r=0;')
    assert first.rate_limits.policy == '"day";q=1;w=86400'
    assert first.rate_limits.retry_after is None
    second = client.verify(token, endpoint="chat")
    assert second.code == "RATE_LIMITED" and second.rate_limits
    assert (second.rate_limits.retry_after or 0) > 0


def test_a_key_in_provisioning_is_not_valid_yet() -> None:
    server = Server(LATCHKEY_PROVISIONING_MIN="60s")
    try:
        with Latchkey(server.url, server.token) as client:
            token = client.create_key("Shop", "default").data["token"]
            assert client.verify(token, endpoint="chat").code == "PROVISIONING"
    finally:
        server.remove()


def test_there_is_no_decision_without_the_change_that_must_be_known(make: Callable[..., Client], server: Server) -> None:
    client = make(server.url, verify_retries=RetryPolicy(tries=1))
    with pytest.raises(ProblemError) as raised:
        client.verify(UNKNOWN, endpoint="chat", min_change=1_000_000)
    assert (raised.value.status, raised.value.code, raised.value.retry_after) == (503, "ERR_BEHIND", 1)


def test_a_malformed_question_is_an_error(client: Client) -> None:
    with pytest.raises(ProblemError) as raised:
        client.verify(UNKNOWN, endpoint="chat", ip="nobody")
    assert (raised.value.status, raised.value.code) == (400, "ERR_BAD_REQUEST")
    for question in ({}, {"endpoint": "chat", "method": "GET", "path": "/"}, {"method": "GET"}, {"path": "/"}):
        with pytest.raises(TypeError):
            client.verify(UNKNOWN, **question)


def test_a_verifier_that_is_away_is_an_error(make: Callable[..., Client]) -> None:
    with pytest.raises(ConnectionFailed):
        make("http://127.0.0.1:9").verify(UNKNOWN, endpoint="chat")
