"""What can go wrong: an answer that refuses, or none at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import httpx


class LatchkeyError(Exception):
    """Every error that this package raises by itself."""


class ConnectionFailed(LatchkeyError):
    """There was no answer: no connection, or none in time. The cause is in ``__cause__``."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    message: str


class ProblemError(LatchkeyError):
    """The server refused a request (RFC 9457).

    ``code`` is stable, such as ``ERR_INVALID``; ``ERR_UNEXPECTED_ANSWER`` where the answer did not come from Latchkey. ``detail`` is one
    sentence for people, and ``errors`` says what is wrong in which field. ``retry_after`` is in seconds. ``request_id`` is the request's
    ID in the server's log.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.status: int = response.status_code
        self.code, self.detail, self.errors = _read(response)
        self.retry_after: float | None = read_retry_after(response.headers)
        self.request_id: str | None = response.headers.get("x-request-id")
        super().__init__(f"{self.code} ({self.status}): {self.detail}")


def _read(response: httpx.Response) -> tuple[str, str, tuple[FieldError, ...]]:
    problem = read_object(response) if _is_problem(response) else None
    match problem:
        case {"code": str(code), "detail": str(detail), **rest}:
            errors = rest.get("errors")
            return code, detail, tuple(_field_errors(errors if isinstance(errors, list) else []))
        case _:
            detail = f"The answer with status {response.status_code} is not one of Latchkey's."
            return "ERR_UNEXPECTED_ANSWER", detail, ()


def _is_problem(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("application/problem+json")


def _field_errors(errors: list[object]) -> list[FieldError]:
    found = []
    for error in errors:
        match error:
            case {"field": str(field), "message": str(message)}:
                found.append(FieldError(field, message))
    return found


def read_object(response: httpx.Response) -> dict[str, object] | None:
    """The JSON object in an answer; ``None`` where it is anything else."""
    try:
        value = response.json()
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return max(0.0, (at - datetime.now(timezone.utc)).total_seconds())


def whole_seconds(seconds: float | None) -> int | None:
    """Whole seconds for a header, rounded up."""
    return None if seconds is None else math.ceil(seconds)
