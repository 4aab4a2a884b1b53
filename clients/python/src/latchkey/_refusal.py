"""What a service answers where a key is refused: the same as ``/v1/authorize`` (docs/GATEWAYS.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import ProblemError, whole_seconds
from .verification import RateLimits, Verification

_STATUS: dict[str, tuple[int, str, str]] = {
    "NOT_FOUND": (401, "ERR_INVALID_KEY", "There is no such API key."),
    "PROVISIONING": (401, "ERR_KEY_PROVISIONING", "This key is being provisioned. Try again shortly."),
    "INACTIVE": (401, "ERR_KEY_INACTIVE", "This key is disabled."),
    "EXPIRED": (401, "ERR_KEY_EXPIRED", "This key has reached its end date."),
    "FAILED": (401, "ERR_KEY_FAILED", "This key failed to provision and will never work."),
    "SUSPENDED": (403, "ERR_CUSTOMER_SUSPENDED", "The customer of this key is suspended."),
    "FORBIDDEN": (403, "ERR_NO_PERMISSION", "This key may not make this request."),
    "ADDRESS_NOT_ALLOWED": (403, "ERR_ADDRESS_NOT_ALLOWED", "This key may not be used from this address."),
    "RATE_LIMITED": (429, "ERR_TOO_MANY_REQUESTS", "This key has reached its rate limit. Try again later."),
}

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as problem+json (RFC 9457)."""

    status: int
    code: str
    detail: str
    endpoint: str | None = None
    more_headers: dict[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        """All headers of the answer but its length."""
        authenticate = {"www-authenticate": "Bearer"} if self.status == 401 else {}
        return {
            "content-type": "application/problem+json",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **authenticate,
            **self.more_headers,
        }

    def problem(self) -> dict[str, object]:
        """The answer's content."""
        return {
            "type": "about:blank",
            "title": _TITLES[self.status],
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "endpoint": self.endpoint,
        }

    def body(self) -> bytes:
        """The answer's body."""
        return json.dumps(self.problem()).encode()


KEY_MISSING = Refusal(401, "ERR_API_KEY_MISSING", "Send an API key in the header Authorization: Bearer or X-Api-Key.")
_TWO_KEYS = Refusal(400, "ERR_BAD_REQUEST", "The request carries two different API keys.")
_UNREADABLE = Refusal(400, "ERR_BAD_REQUEST", "The API key is not readable text.")
_UNCHECKED = Refusal(400, "ERR_BAD_REQUEST", "The API key or the path cannot be checked.")


def refusal_of(decision: Verification) -> Refusal:
    """The refusal that a decision means. A code that this version does not know is refused like a missing permission."""
    status, code, detail = _STATUS.get(decision.code, _STATUS["FORBIDDEN"])
    if code == "ERR_NO_PERMISSION" and decision.endpoint:
        detail = f"Access to {decision.endpoint} endpoint is denied for this key."
    return Refusal(status, code, detail, decision.endpoint, rate_limit_headers(decision.rate_limits))


def refusal_without_decision(error: Exception) -> Refusal:
    """The refusal where there is no decision. Nothing is allowed without one."""
    if isinstance(error, ProblemError) and error.status in (400, 413):
        return _UNCHECKED
    retry_after = whole_seconds(error.retry_after) if isinstance(error, ProblemError) else None
    return Refusal(
        503,
        "ERR_UNAVAILABLE",
        "API keys cannot be checked at present. Try again shortly.",
        more_headers={"retry-after": str(1 if retry_after is None else retry_after)},
    )


def rate_limit_headers(limits: RateLimits | None) -> dict[str, str]:
    """The headers about limits that the client gets."""
    if limits is None:
        return {}
    headers = {"ratelimit": limits.limit, "ratelimit-policy": limits.policy}
    if (seconds := whole_seconds(limits.retry_after)) is not None:
        headers["retry-after"] = str(seconds)
    return headers


# One of Latchkey's own tokens, as a JWT is not.
_TOKEN = re.compile(r"sk_(live|test)_[0-9A-Za-z]{36}", re.ASCII)


def read_key(headers: Iterable[tuple[bytes, bytes]]) -> str | Refusal:
    """Reads the key of a request from either header. Two different keys are refused, since one of them may be forged."""
    keys: list[str] = []
    bearers: list[str] = []
    for name, value in headers:
        if name == b"x-api-key":
            keys.append(value.decode("latin-1").strip())
        elif name == b"authorization":
            scheme, _, rest = value.decode("latin-1").strip().partition(" ")
            if scheme.lower() == "bearer":
                bearers.append(rest.strip())
    keys = [key for key in keys if key]
    # Beside an X-Api-Key, the API may use Authorization for tokens of its own.
    keys += [bearer for bearer in bearers if bearer and (not keys or _TOKEN.fullmatch(bearer))]
    match set(keys):
        case found if not found:
            return KEY_MISSING
        case found if len(found) > 1:
            return _TWO_KEYS
        case _:
            return keys[0] if keys[0].isascii() else _UNREADABLE
