"""The verifier's answer: may this key be used for this?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypedDict, cast

import httpx

from .errors import ProblemError, read_object, read_retry_after

Code = Literal[
    "VALID",
    "NOT_FOUND",
    "PROVISIONING",
    "INACTIVE",
    "EXPIRED",
    "FAILED",
    "SUSPENDED",
    "FORBIDDEN",
    "ADDRESS_NOT_ALLOWED",
    "RATE_LIMITED",
]


class BiasCategory(TypedDict):
    """A category that is on, with its threshold and its action."""

    category: str
    threshold: int
    action: str


class BiasProfile(TypedDict):
    """The bias profile of a key, in the version in force."""

    id: str
    name: str
    version: int
    categories: list[BiasCategory]


class Customer(TypedDict):
    """Whose key it is, as your own system knows them."""

    id: str
    externalId: str
    name: str
    metadata: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The headers about limits, to be passed on to the client as they are (draft-ietf-httpapi-ratelimit-headers).

    ``limit`` is ``RateLimit``, what is left, and ``policy`` is ``RateLimit-Policy``, what is allowed. ``retry_after`` is the seconds until
    the key may be used again; ``None`` unless a limit refused it.
    """

    limit: str
    policy: str
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The decision. ``valid`` and ``code`` always say the same. What belongs to the key is ``None`` where the key is not known."""

    valid: bool
    code: Code
    key_id: str | None = None
    name: str | None = None
    environment: str | None = None
    #: The endpoint that the request belongs to.
    endpoint: str | None = None
    #: RFC 3339, in UTC.
    expires_at: str | None = None
    bias_profile: BiasProfile | None = None
    #: Whose key it is, where it belongs to a customer.
    customer: Customer | None = None
    #: The key's own metadata, where it has any.
    metadata: dict[str, Any] | None = None
    #: What is left of the key's limits; ``None`` where it has none.
    rate_limits: RateLimits | None = None


def read_verification(response: httpx.Response) -> Verification:
    """Reads a decision. What is not one raises, so that nothing is allowed by mistake."""
    match answer := read_object(response):
        case {"valid": bool(valid), "code": str(code)} if valid == (code == "VALID"):
            get = cast("dict[str, Any]", answer).get
        case _:
            raise ProblemError(response)
    return Verification(
        valid=valid,
        code=cast(Code, code),
        key_id=get("keyId"),
        name=get("name"),
        environment=get("environment"),
        endpoint=get("endpoint"),
        expires_at=get("expiresAt"),
        bias_profile=get("biasProfile"),
        customer=get("customer"),
        metadata=get("metadata"),
        rate_limits=_read_rate_limits(response),
    )


def _read_rate_limits(response: httpx.Response) -> RateLimits | None:
    limit, policy = response.headers.get("ratelimit"), response.headers.get("ratelimit-policy")
    if limit is None or policy is None:
        return None
    return RateLimits(limit, policy, read_retry_after(response.headers))
