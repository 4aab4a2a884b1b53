"""Latchkey's client: verifies API keys, and calls the management API."""

from ._async_client import AsyncLatchkey
from ._client import Latchkey
from ._requests import Answer
from ._retry import RetryPolicy
from .errors import ConnectionFailed, FieldError, LatchkeyError, ProblemError
from .verification import BiasProfile, Code, Customer, RateLimits, Verification

__all__ = [
    "Answer",
    "AsyncLatchkey",
    "BiasProfile",
    "Code",
    "ConnectionFailed",
    "Customer",
    "FieldError",
    "Latchkey",
    "LatchkeyError",
    "ProblemError",
    "RateLimits",
    "RetryPolicy",
    "Verification",
]
