"""Requests and answers, for both clients: what is sent, and how an answer is read."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from .errors import LatchkeyError, ProblemError

Query = Mapping[str, str | int | bool | Iterable[str] | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the management API answered.

    ``data`` is the body: an object, a text (a receipt), or ``None`` where there is none. ``etag`` identifies the object as it is, for
    ``if_match``. ``change`` is the number of the change that was made, for ``min_change``.
    """

    data: Any
    status: int
    etag: str | None
    change: int | None
    headers: httpx.Headers = field(repr=False)


def checked_url(url: str) -> str:
    """An address without a slash at the end."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query or parsed.fragment:
        raise LatchkeyError("`url` has to be an http or https address, such as https://keys.example.com.")
    return str(parsed).rstrip("/")


def verify_request(
    url: str,
    key: str,
    endpoint: str | None,
    method: str | None,
    path: str | None,
    ip: str | None,
    min_change: int | None,
) -> httpx.Request:
    """The question to the verifier."""
    if (endpoint is None) == (method is None) or (method is None) != (path is None):
        raise TypeError("verify() takes either `endpoint`, or `method` and `path`")
    asked = {"key": key, "endpoint": endpoint, "method": method, "path": path, "ip": ip, "minChange": min_change}
    return httpx.Request("POST", f"{url}/v1/keys/verify", json={name: value for name, value in asked.items() if value is not None})


def manage_request(
    url: str,
    token: str | None,
    method: str,
    path: str,
    values: Mapping[str, str | int],
    query: Query,
    json: object,
    idempotency_key: str | None,
    if_match: str | None,
) -> httpx.Request:
    """A request to the management API."""
    if token is None:
        raise LatchkeyError("The management API needs the token of a service account.")
    if not path.startswith("/manage/v1/"):
        raise LatchkeyError("`path` has to be one of the management API, such as /manage/v1/keys.")
    headers = {"authorization": f"Bearer {token}"}
    if if_match is not None:
        headers["if-match"] = if_match
    if method == "POST":
        # One for all tries, so that a try whose answer was lost is not carried out again.
        headers["idempotency-key"] = idempotency_key or str(uuid.uuid4())
    return httpx.Request(method, url + _fill(path, values), params=_parameters(query), headers=headers, json=json)


def is_repeatable(method: str) -> bool:
    """Whether to do it twice is the same as to do it once. A POST has its Idempotency-Key."""
    return method in ("GET", "POST")


def read_answer(response: httpx.Response) -> Answer:
    data: Any = response.text or None
    if response.headers.get("content-type", "").startswith("application/json"):
        try:
            data = response.json()
        except ValueError:
            raise ProblemError(response) from None
    change = response.headers.get("latchkey-change")
    return Answer(
        data=data,
        status=response.status_code,
        etag=response.headers.get("etag"),
        change=None if change is None else int(change),
        headers=response.headers,
    )


def _fill(path: str, values: Mapping[str, str | int]) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        value = str(values.get(name, ""))
        # None of these can be sent as a segment: what parses the URL would resolve it.
        if value in ("", ".", ".."):
            raise LatchkeyError(f"“{value}” cannot be the {name} in {path}.")
        return quote(value, safe="")

    return re.sub(r"\{(\w+)\}", value_of, path)


def _parameters(query: Query) -> httpx.QueryParams:
    parameters: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in query.items():
        if value is None:
            continue
        items = [value] if isinstance(value, (str, int)) else value
        parameters.extend((name, item) for item in items)
    return httpx.QueryParams(parameters)
