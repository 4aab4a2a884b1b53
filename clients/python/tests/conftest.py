"""A server for all tests, and both clients behind one interface."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

import httpx
import pytest

from latchkey import Answer, AsyncLatchkey, Latchkey, Verification

from .server import TLS, Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.remove()


class Client(Protocol):
    """What both clients can do, for tests."""

    def verify(self, key: str, **question: Any) -> Verification: ...
    def request(self, method: Any, path: str, **options: Any) -> Answer: ...
    def create_key(self, name: str, environment: str, **fields: Any) -> Answer: ...
    def rotate_key(self, key_id: str, grace: Any, **options: Any) -> Answer: ...
    def list(self, path: str, **options: Any) -> Iterator[dict[str, Any]]: ...


class _Awaited:
    """The client for asyncio, called from tests that are not."""

    def __init__(self, runner: asyncio.Runner, *arguments: Any, **options: Any) -> None:
        self._runner = runner
        self._client = AsyncLatchkey(*arguments, http=httpx.AsyncClient(verify=TLS), **options)

    def verify(self, key: str, **question: Any) -> Verification:
        return self._runner.run(self._client.verify(key, **question))

    def request(self, method: Any, path: str, **options: Any) -> Answer:
        return self._runner.run(self._client.request(method, path, **options))

    def create_key(self, name: str, environment: str, **fields: Any) -> Answer:
        return self._runner.run(self._client.create_key(name, environment, **fields))

    def rotate_key(self, key_id: str, grace: Any, **options: Any) -> Answer:
        return self._runner.run(self._client.rotate_key(key_id, grace, **options))

    def list(self, path: str, **options: Any) -> Iterator[dict[str, Any]]:
        async def collect() -> list[dict[str, Any]]:
            return [item async for item in self._client.list(path, **options)]

        return iter(self._runner.run(collect()))

    def close(self) -> None:
        self._runner.run(self._client.close())

    def __repr__(self) -> str:
        return repr(self._client)


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Client]]:
    """Makes clients of one kind; every test runs with both."""
    with asyncio.Runner() as runner:
        made: list[Latchkey | _Awaited] = []

        def make(*arguments: Any, **options: Any) -> Client:
            if request.param == "sync":
                sync = Latchkey(*arguments, http=httpx.Client(verify=TLS), **options)
                made.append(sync)
                # Its types are narrower than those that tests need.
                return cast(Client, sync)
            awaited = _Awaited(runner, *arguments, **options)
            made.append(awaited)
            return awaited

        yield make
        for client in made:
            client.close()


@pytest.fixture
def client(make: Callable[..., Client], server: Server) -> Client:
    """A client with the token of a service account that is an Admin."""
    return make(server.url, server.token)
