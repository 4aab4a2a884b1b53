"""The client for programs without asyncio."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from ._requests import Answer, Query, checked_url, is_repeatable, manage_request, read_answer, verify_request
from ._retry import VERIFIER_RETRIES, RetryPolicy, Tries
from .verification import Verification, read_verification


class Latchkey:
    """Sends requests to the management API and questions to the verifier.

    ``url`` is where Latchkey is, such as ``https://keys.example.com``, and ``token`` that of a service account (``lkm_…``), for the
    management API; the verifier needs none. ``verifier_url`` is where the verifier is, if it has an address of its own. A client keeps
    its connections: use one for the whole program, and close it at the end (or use it in a ``with``). Threads may share it.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        verifier_url: str | None = None,
        retries: RetryPolicy = RetryPolicy(),
        verify_retries: RetryPolicy = VERIFIER_RETRIES,
        http: httpx.Client | None = None,
    ) -> None:
        self._url = checked_url(url)
        self._verifier_url = checked_url(verifier_url or url)
        self._token = token
        self._retries = retries
        self._verify_retries = verify_retries
        self._http = http or httpx.Client()

    def verify(
        self,
        key: str,
        *,
        endpoint: str | None = None,
        method: str | None = None,
        path: str | None = None,
        ip: str | None = None,
        min_change: int | None = None,
    ) -> Verification:
        """Asks whether a key may be used for an endpoint, or for a method and a path as they came in, without the query.

        ``ip`` is the client's address, for keys that may be used from certain addresses only. The answer knows at least the change
        ``min_change``. Every decision is an answer, also a refusal. Raises where there is no decision: treat that as a refusal.
        """
        request = verify_request(self._verifier_url, key, endpoint, method, path, ip, min_change)
        # To ask twice is the same as to ask once.
        return read_verification(self._send(request, Tries(self._verify_retries, is_repeatable=True)))

    def request(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        *,
        values: Mapping[str, str | int] = {},
        query: Query = {},
        json: object = None,
        idempotency_key: str | None = None,
        if_match: str | None = None,
    ) -> Answer:
        """Sends a request to the management API.

        ``path`` is as in the API's description, such as ``/manage/v1/keys/{id}``, and ``values`` has the values of its placeholders. A
        POST has a random Idempotency-Key, the same in all its tries; with one of your own, the same request makes nothing twice for 24
        hours, also in another process. ``if_match`` is the ``etag`` of the object as you know it.
        """
        request = manage_request(self._url, self._token, method, path, values, query, json, idempotency_key, if_match)
        return read_answer(self._send(request, Tries(self._retries, is_repeatable(method))))

    def list(self, path: str, *, values: Mapping[str, str | int] = {}, query: Query = {}) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page. ``query`` takes the list's filters."""
        cursor: Any = query.get("cursor")
        while True:
            page = self.request("GET", path, values=values, query={**query, "cursor": cursor}).data
            yield from page["data"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    def create_key(self, name: str, environment: str, *, idempotency_key: str | None = None, **fields: object) -> Answer:
        """Creates a key; ``fields`` are those of the API, such as ``endpoints=["chat"]``. ``data["token"]`` is never shown again."""
        json = {"name": name, "environment": environment, **fields}
        return self.request("POST", "/manage/v1/keys", json=json, idempotency_key=idempotency_key)

    def rotate_key(
        self, key_id: str, grace: Literal["now", "1h", "24h", "7d"], *, idempotency_key: str | None = None
    ) -> Answer:
        """Gives a key a new token. The old one works on for the time of grace."""
        return self.request(
            "POST",
            "/manage/v1/keys/{id}/rotate",
            values={"id": key_id},
            json={"grace": grace},
            idempotency_key=idempotency_key,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Latchkey({self._url!r})"

    def _send(self, request: httpx.Request, tries: Tries) -> httpx.Response:
        while True:
            request.extensions["timeout"] = httpx.Timeout(tries.timeout()).as_dict()
            outcome: httpx.Response | httpx.RequestError
            try:
                # A redirect is not followed: the token is for this address only.
                outcome = self._http.send(request, follow_redirects=False)
            except httpx.RequestError as error:
                outcome = error
            wait = tries.wait_after(outcome)
            if isinstance(outcome, httpx.Response) and wait is None:
                return outcome
            time.sleep(wait or 0.0)
