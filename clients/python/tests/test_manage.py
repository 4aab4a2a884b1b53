"""The management API of a real server."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest

from latchkey import FieldError, LatchkeyError, ProblemError

from .conftest import Client
from .line import Line
from .server import Server

KEY = "/manage/v1/keys/{id}"


def unique(name: str) -> str:
    """A name of this test run alone: the tests of both clients share a server."""
    return f"{name} {uuid.uuid4().hex[:8]}"


def count(client: Client, name: str) -> int:
    return len(list(client.list("/manage/v1/keys", query={"search": name})))


def test_a_key_is_created_read_changed_rotated_and_deleted(client: Client) -> None:
    created = client.create_key("Mara", "default", endpoints=["chat"])
    assert created.status == 201
    assert created.data["token"].startswith("sk_live_")
    values = {"id": created.data["id"]}

    read = client.request("GET", KEY, values=values)
    assert read.data["name"] == "Mara"

    edited = client.request("PATCH", KEY, values=values, json={"name": "Mara Ott"}, if_match=read.etag)
    assert edited.data["name"] == "Mara Ott"
    assert edited.change and created.change and edited.change > created.change

    with pytest.raises(ProblemError) as stale:
        client.request("DELETE", KEY, values=values, if_match=read.etag)
    assert stale.value.code == "ERR_PRECONDITION_FAILED"

    assert client.rotate_key(created.data["id"], "now").data["token"] != created.data["token"]

    deleted = client.request("DELETE", KEY, values=values)
    assert (deleted.status, deleted.data) == (204, None)
    with pytest.raises(ProblemError) as gone:
        client.request("GET", KEY, values=values)
    assert gone.value.status == 404


def test_a_list_goes_on_over_its_pages(client: Client) -> None:
    name = unique("Page")
    for number in range(5):
        client.create_key(f"{name} {number}", "default")
    query = {"search": name, "sort": "name", "limit": 2}
    names = [key["name"] for key in client.list("/manage/v1/keys", query=query)]
    assert names == [f"{name} {number}" for number in range(5)]


def test_a_filter_with_several_values_is_sent_with_all_of_them(client: Client) -> None:
    name = unique("Filter")
    client.create_key(name, "default")
    query = {"search": name, "status": ["active", "provisioning"]}
    assert len(client.request("GET", "/manage/v1/keys", query=query).data["data"]) == 1


def test_an_error_names_the_fields(client: Client) -> None:
    with pytest.raises(ProblemError) as raised:
        client.create_key("", "default")
    error = raised.value
    assert (error.status, error.code) == (422, "ERR_INVALID")
    assert error.errors == (FieldError("name", "Give the key a name."),)
    assert error.request_id


def test_a_wrong_token_is_an_error_and_no_token_is_one_before_anything_is_sent(
    make: Callable[..., Client], server: Server
) -> None:
    with pytest.raises(ProblemError) as raised:
        make(server.url, "lkm_nonsense").request("GET", "/manage/v1/nodes")
    assert raised.value.status == 401
    with pytest.raises(LatchkeyError, match="needs the token of a service account"):
        make(server.url).request("GET", "/manage/v1/nodes")


def test_a_key_whose_answer_was_lost_is_created_once(client: Client, make: Callable[..., Client], server: Server) -> None:
    name = unique("Lost")
    with Line.losing(2, server.url) as line:
        key = make(line.url, server.token).create_key(name, "default").data
    assert len(line.requests) == 3
    assert len({seen.headers["idempotency-key"] for seen in line.requests}) == 1
    assert count(client, name) == 1
    assert client.request("GET", KEY, values={"id": key["id"]}).data["name"] == name


def test_two_calls_create_two_keys_unless_they_have_one_idempotency_key(client: Client) -> None:
    name = unique("Twice")
    client.create_key(name, "default")
    client.create_key(name, "default")
    assert count(client, name) == 2
    key = str(uuid.uuid4())
    tokens = {client.create_key(name, "default", idempotency_key=key).data["token"] for _ in range(2)}
    assert len(tokens) == 1
    assert count(client, name) == 3


def test_a_receipt_is_a_text(client: Client) -> None:
    change = client.create_key("Receipt", "default").change
    assert change is not None
    receipt = client.request("GET", "/manage/v1/changes/{n}/receipt", values={"n": change}).data
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", receipt)


def test_a_value_cannot_leave_its_place_in_the_path(client: Client) -> None:
    for value in ("", ".", ".."):
        with pytest.raises(LatchkeyError, match="cannot be the id"):
            client.request("GET", KEY, values={"id": value})
    with pytest.raises(ProblemError) as raised:
        client.request("GET", KEY, values={"id": "../nodes?x#y"})
    assert raised.value.status == 404
    with pytest.raises(LatchkeyError, match="management API"):
        client.request("GET", "/login")


def test_a_printed_client_does_not_show_its_token(client: Client, server: Server) -> None:
    assert server.token not in repr(client)


@pytest.mark.parametrize("url", ["", "keys.example.com", "ftp://keys.example.com", "https://a:b@keys.example.com", "https://x/?y"])
def test_an_address_that_is_none_is_refused(make: Callable[..., Client], url: str) -> None:
    with pytest.raises(LatchkeyError):
        make(url)
