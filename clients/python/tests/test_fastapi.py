"""The middleware and the dependency, in front of a service that tells what it was called with."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI

from latchkey import AsyncLatchkey, RetryPolicy, Verification
from latchkey.asgi import Message, Scope, Verifier
from latchkey.fastapi import LatchkeyMiddleware, RequireKey, VerifiedKey, answer_refusals

from .line import Line, Scripted
from .server import TLS, Server

Ask = Callable[..., httpx.Response]
CHAT = "/api/v1/chat/completions"


def with_middleware(verifier: Verifier, seen: list[str], **options: Any) -> FastAPI:
    app = FastAPI()

    @app.post("/{path:path}")
    async def route(path: str, key: VerifiedKey) -> dict[str, Any]:
        seen.append(path)
        return asdict(key)

    app.add_middleware(LatchkeyMiddleware, verifier=verifier, **options)
    return app


def with_dependency(verifier: Verifier, seen: list[str], **options: Any) -> FastAPI:
    app = FastAPI()
    answer_refusals(app)

    @app.post("/{path:path}")
    async def route(path: str, key: Annotated[Verification, Depends(RequireKey(verifier, **options))]) -> dict[str, Any]:
        seen.append(path)
        return asdict(key)

    return app


@pytest.fixture(params=[with_middleware, with_dependency])
def ask(request: pytest.FixtureRequest, server: Server) -> Ask:
    """Sends a POST to a service. Fails if the service saw a request that was refused."""

    def ask(
        headers: dict[str, str] | list[tuple[str, str]] | list[tuple[bytes, bytes]],
        path: str = CHAT,
        url: str = server.url,
        address: str = "127.0.0.1",
        verifier: Verifier | None = None,
        **options: Any,
    ) -> httpx.Response:
        seen: list[str] = []

        async def send() -> httpx.Response:
            http = httpx.AsyncClient(verify=TLS)
            async with AsyncLatchkey(url, verify_retries=RetryPolicy(tries=1, timeout=2), http=http) as own:
                app = request.param(verifier or own, seen, **options)
                transport = httpx.ASGITransport(app, client=(address, 1234))
                async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                    return await client.post(path, headers=headers)

        response = asyncio.run(send())
        assert bool(seen) == (response.status_code == 200)
        return response

    return ask


def check_problem(response: httpx.Response, status: int, code: str) -> Any:
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    return problem


def test_a_valid_key_passes_in_either_header_and_the_route_knows_it(ask: Ask, server: Server) -> None:
    key_id, token = server.key(endpoints=["chat"])
    for headers in ({"authorization": f"bearer {token}"}, {"x-api-key": token}):
        response = ask(headers)
        assert (response.status_code, response.json()["key_id"], response.json()["endpoint"]) == (200, key_id, "chat")


def test_no_key_and_one_that_is_no_key_are_401(ask: Ask) -> None:
    check_problem(ask({}), 401, "ERR_API_KEY_MISSING")
    check_problem(ask({}, f"{CHAT}?api_key=x"), 401, "ERR_API_KEY_MISSING")
    check_problem(ask({"x-api-key": "nonsense"}), 401, "ERR_INVALID_KEY")


def test_two_different_keys_are_400_but_a_token_of_the_apis_own_beside_a_key_is_none(ask: Ask, server: Server) -> None:
    _, token = server.key()
    _, other = server.key()
    check_problem(ask({"authorization": f"Bearer {other}", "x-api-key": token}), 400, "ERR_BAD_REQUEST")
    check_problem(ask([("x-api-key", token), ("x-api-key", other)]), 400, "ERR_BAD_REQUEST")
    check_problem(ask([(b"x-api-key", "schlüssel".encode())]), 400, "ERR_BAD_REQUEST")
    assert ask({"authorization": "Bearer eyJh.eyJz.c2ln", "x-api-key": token}).status_code == 200
    assert ask({"authorization": f"Bearer {token}", "x-api-key": token}).status_code == 200


def test_another_endpoint_is_403(ask: Ask, server: Server) -> None:
    _, token = server.key(endpoints=["image"])
    problem = check_problem(ask({"x-api-key": token}), 403, "ERR_NO_PERMISSION")
    assert problem["detail"] == "Access to chat endpoint is denied for this key."
    assert problem["endpoint"] == "chat"
    assert ask({"x-api-key": token}, endpoint="image").status_code == 200


def test_a_path_is_judged_as_it_came_in(ask: Ask, server: Server) -> None:
    _, token = server.key()
    for path in ("/api/v1/img/..%2f..%2fadmin", "/api/v1/img/%61", "/api/v1/img//x"):
        check_problem(ask({"x-api-key": token}, path), 403, "ERR_NO_PERMISSION")
    assert ask({"x-api-key": token}, "/api/v1/img/caf%C3%A9?x=/..%2f").status_code == 200


def test_another_address_is_403(ask: Ask, server: Server) -> None:
    _, token = server.key(allowedAddresses=["203.0.113.0/24"])
    assert ask({"x-api-key": token}, address="203.0.113.9").status_code == 200
    check_problem(ask({"x-api-key": token}, address="198.51.100.9"), 403, "ERR_ADDRESS_NOT_ALLOWED")
    check_problem(ask({"x-api-key": token}, address="no-address"), 403, "ERR_ADDRESS_NOT_ALLOWED")


def test_over_a_limit_is_429_and_every_answer_says_what_is_left(ask: Ask, server: Server) -> None:
    _, token = server.key(rateLimit={"day": 1})
    allowed = ask({"x-api-key": token})
    assert allowed.status_code == 200
    assert allowed.headers["ratelimit"].startswith('"day";r=0;')
    assert allowed.headers["ratelimit-policy"] == '"day";q=1;w=86400'
    assert "retry-after" not in allowed.headers
    refused = ask({"x-api-key": token})
    check_problem(refused, 429, "ERR_TOO_MANY_REQUESTS")
    assert refused.headers["ratelimit"].startswith('"day";r=0;')
    assert int(refused.headers["retry-after"]) > 0


def test_without_a_verifier_nothing_passes(ask: Ask) -> None:
    away = ask({"x-api-key": "x"}, url="http://127.0.0.1:9")
    check_problem(away, 503, "ERR_UNAVAILABLE")
    assert away.headers["retry-after"] == "1"
    for status in (200, 404, 500, 503):
        with Line.script(Scripted(status, {"retry-after": "2"})) as line:
            check_problem(ask({"x-api-key": "x"}, url=line.url), 503, "ERR_UNAVAILABLE")


def test_a_key_that_cannot_be_asked_about_is_400(ask: Ask) -> None:
    check_problem(ask({"x-api-key": "x" * 20_000}), 400, "ERR_BAD_REQUEST")


def test_a_suspended_customer_is_403_and_a_code_of_a_later_version_is_refused(ask: Ask) -> None:
    class Decides:
        def __init__(self, code: Any) -> None:
            self.code = code

        async def verify(self, key: str, **question: Any) -> Verification:
            return Verification(valid=False, code=self.code)

    check_problem(ask({"x-api-key": "x"}, verifier=Decides("SUSPENDED")), 403, "ERR_CUSTOMER_SUSPENDED")
    check_problem(ask({"x-api-key": "x"}, verifier=Decides("LATER")), 403, "ERR_NO_PERMISSION")


def test_a_websocket_is_refused() -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        raise AssertionError("it reached the application")

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def connect() -> None:
        async with AsyncLatchkey("http://127.0.0.1:9") as verifier:
            await LatchkeyMiddleware(app, verifier)({"type": "websocket", "path": CHAT, "headers": []}, receive, send)

    asyncio.run(connect())
    assert json.dumps(sent) == '[{"type": "websocket.close", "code": 1008}]'


def test_a_route_that_wants_a_key_has_none_without_the_middleware() -> None:
    app = FastAPI()

    @app.get("/")
    async def route(key: VerifiedKey) -> None:
        raise AssertionError(key)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.get("/")

    assert asyncio.run(send()).status_code == 401
