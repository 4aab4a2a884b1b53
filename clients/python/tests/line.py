"""HTTP servers that misbehave: one that answers by a script, and one that stands before a real server and loses answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx

from .server import TLS


@dataclass
class Scripted:
    """An answer. No status is a broken connection."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass
class Seen:
    method: str
    headers: dict[str, str]
    at: float


class Line:
    """A server on a port that the system chooses. It keeps the requests that it got."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler, bytes], Scripted]) -> None:
        self.requests: list[Seen] = []

        class Handler(BaseHTTPRequestHandler):
            def handle_any(handler) -> None:
                body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in handler.headers.items()}
                self.requests.append(Seen(handler.command, headers, time.monotonic()))
                scripted = answer(handler, body)
                if scripted.status is not None:
                    handler.send_response(scripted.status)
                    content = json.dumps(scripted.body).encode() if scripted.status != 204 else b""
                    for name, value in {"content-length": str(len(content)), **scripted.headers}.items():
                        handler.send_header(name, value)
                    handler.end_headers()
                    handler.wfile.write(content)
                handler.close_connection = True

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any

            def log_message(handler, format: str, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @classmethod
    def script(cls, *answers: Scripted) -> Line:
        """Answers each request with the next of these; the last one again and again."""
        left = list(answers)

        def answer(_: BaseHTTPRequestHandler, __: bytes) -> Scripted:
            scripted = left.pop(0) if len(left) > 1 else left[0]
            if scripted.status is None:
                return scripted
            is_problem = scripted.status >= 400
            kind = "application/problem+json" if is_problem else "application/json"
            headers = {} if scripted.status == 204 else {"content-type": kind}
            default = {"code": "ERR_SCRIPTED", "detail": "As the script says."} if is_problem else {}
            body = default if scripted.body is None else scripted.body
            return Scripted(scripted.status, {**headers, **scripted.headers}, body)

        return cls(answer)

    @classmethod
    def losing(cls, lost: int, url: str) -> Line:
        """Passes requests on to a server. The first answers arrive here, and are then lost on their way to the client."""
        left = [lost]

        def answer(handler: BaseHTTPRequestHandler, body: bytes) -> Scripted:
            kept = ("authorization", "content-type", "idempotency-key")
            headers = {name: value for name, value in handler.headers.items() if name.lower() in kept}
            response = httpx.request(handler.command, url + handler.path, headers=headers, content=body, verify=TLS)
            left[0] -= 1
            if left[0] >= 0:
                return Scripted()
            return Scripted(response.status_code, {"content-type": response.headers["content-type"]}, response.json())

        return cls(answer)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
