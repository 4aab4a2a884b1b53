"""For FastAPI: the decision as a dependency, and a dependency that asks Latchkey for single routes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from ._refusal import KEY_MISSING, Refusal, rate_limit_headers
from .asgi import LatchkeyMiddleware, Scope, Verifier, decide, peer_address
from .verification import Verification

__all__ = ["LatchkeyMiddleware", "RequireKey", "VerifiedKey", "answer_refusals"]


class _Refused(HTTPException):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status, refusal.problem(), refusal.headers())


def _decision_of_middleware(request: Request) -> Verification:
    decision = getattr(request.state, "latchkey", None)
    if not isinstance(decision, Verification) or not decision.valid:
        # Without the middleware nobody was asked.
        raise _Refused(KEY_MISSING)
    return decision


#: The key of a request that `LatchkeyMiddleware` let through: ``async def route(key: VerifiedKey)``.
VerifiedKey = Annotated[Verification, Depends(_decision_of_middleware)]


class RequireKey:
    """Asks Latchkey about the requests of one route: ``key: Annotated[Verification, Depends(RequireKey(verifier, endpoint="chat"))]``.

    Call ``answer_refusals(app)`` once, so that refusals are problem+json.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        endpoint: str | None = None,
        client_address: Callable[[Scope], str | None] = peer_address,
    ) -> None:
        self._verifier = verifier
        self._endpoint = endpoint
        self._client_address = client_address

    async def __call__(self, request: Request, response: Response) -> Verification:
        decision = await decide(self._verifier, request.scope, self._endpoint, self._client_address)
        if isinstance(decision, Refusal):
            raise _Refused(decision)
        response.headers.update(rate_limit_headers(decision.rate_limits))
        return decision


def answer_refusals(app: FastAPI) -> None:
    """Makes the application answer the refusals of its dependencies as problem+json."""

    async def answer(_: Request, error: Exception) -> Response:
        assert isinstance(error, _Refused)
        return JSONResponse(error.detail, error.status_code, error.headers, media_type="application/problem+json")

    app.add_exception_handler(_Refused, answer)
