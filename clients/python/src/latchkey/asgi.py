"""Middleware for FastAPI, Starlette and everything else that speaks ASGI: every request needs a valid key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import quote

from ._refusal import Refusal, rate_limit_headers, read_key, refusal_of, refusal_without_decision
from .errors import LatchkeyError
from .verification import Verification

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Verifier(Protocol):
    """Who answers questions: an ``AsyncLatchkey``, or what stands in for it in a test."""

    async def verify(
        self,
        key: str,
        *,
        endpoint: str | None = None,
        method: str | None = None,
        path: str | None = None,
        ip: str | None = None,
    ) -> Verification: ...


def peer_address(scope: Scope) -> str | None:
    """The address of the connection. Behind a proxy, the server has to be told to trust it (`uvicorn --proxy-headers`)."""
    client = scope.get("client")
    try:
        return str(ip_address(client[0])) if client else None
    except ValueError:
        # A socket of the file system has no address.
        return None


class LatchkeyMiddleware:
    """Asks Latchkey about every request before the application sees it.

    Reads the key from ``Authorization: Bearer`` or ``X-Api-Key``. Refuses as ``/v1/authorize`` does, and with 503 where Latchkey gives
    no answer. The application finds the decision in ``request.state.latchkey``. WebSockets are refused: nobody would be asked about
    what goes over them.

    ``endpoint`` names the endpoint that the requests belong to; without it, Latchkey finds the endpoint by method and path.
    ``client_address`` reads the client's address, for keys that may be used from certain addresses only.
    """

    def __init__(
        self,
        app: App,
        verifier: Verifier,
        *,
        endpoint: str | None = None,
        client_address: Callable[[Scope], str | None] = peer_address,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._endpoint = endpoint
        self._client_address = client_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        decision = await decide(self._verifier, scope, self._endpoint, self._client_address)
        if isinstance(decision, Refusal):
            return await _refuse(decision, send)
        scope.setdefault("state", {})["latchkey"] = decision
        added = [(name.encode(), value.encode()) for name, value in rate_limit_headers(decision.rate_limits).items()]

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self._app(scope, receive, send_with_limits if added else send)


async def decide(
    verifier: Verifier, scope: Scope, endpoint: str | None, client_address: Callable[[Scope], str | None]
) -> Verification | Refusal:
    """The decision about a request: a valid key, or why it is refused."""
    key = read_key(scope["headers"])
    if isinstance(key, Refusal):
        return key
    address = client_address(scope)
    try:
        if endpoint is not None:
            decision = await verifier.verify(key, endpoint=endpoint, ip=address)
        else:
            decision = await verifier.verify(key, method=scope["method"], path=_raw_path(scope), ip=address)
    except LatchkeyError as error:
        return refusal_without_decision(error)
    return decision if decision.valid else refusal_of(decision)


def _raw_path(scope: Scope) -> str:
    """The path as it came in: ``path`` is decoded already, and Latchkey refuses what servers decode in different ways."""
    raw: bytes | None = scope.get("raw_path")
    # Some servers leave the query in it.
    return raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])


async def _refuse(refusal: Refusal, send: Send) -> None:
    body = refusal.body()
    headers = {**refusal.headers(), "content-length": str(len(body))}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
