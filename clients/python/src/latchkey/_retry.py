"""When a request is sent again. The clients do the sending and the waiting."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import httpx

from .errors import ConnectionFailed, LatchkeyError, ProblemError

# Seconds before the second try, where the server does not say how long to wait. Doubled for each further try.
_FIRST_WAIT = 0.2


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and for how long a request is repeated.

    ``tries`` is the most times that it is sent, the first one included. ``total`` is the seconds for all tries and the waits between
    them: no try begins later. ``timeout`` is the seconds for connecting, and for each piece of an answer.
    """

    tries: int = 4
    total: float = 30.0
    timeout: float = 10.0


#: For the verifier, for which somebody waits. It answers from memory, or after a second where it lacks ``min_change``.
VERIFIER_RETRIES = RetryPolicy(tries=2, total=4.0, timeout=2.0)


class Tries:
    """The tries of one request.

    A 429 was refused before anything was done, so it is always repeated. After a 503 or a broken connection it may be unknown whether
    the request was carried out, so it is repeated only where doing it twice is the same as once (``is_repeatable``).
    """

    def __init__(self, policy: RetryPolicy, is_repeatable: bool) -> None:
        self._policy = policy
        self._is_repeatable = is_repeatable
        self._end = time.monotonic() + policy.total
        self._made = 0

    def timeout(self) -> float:
        """Seconds for the next try."""
        self._made += 1
        return max(0.001, min(self._policy.timeout, self._end - time.monotonic()))

    def wait_after(self, outcome: httpx.Response | httpx.RequestError) -> float | None:
        """Seconds until the next try; ``None`` where the answer is a success. Raises where there is no next try.

        Retry-After is respected; where it is longer than the time left, the error is raised at once.
        """
        if isinstance(outcome, httpx.Response):
            if outcome.is_success:
                return None
            problem = ProblemError(outcome)
            may_repeat = problem.status == 429 or (problem.status == 503 and self._is_repeatable)
            return self._wait(problem, may_repeat, problem.retry_after or 0.0, None)
        what = "did not answer in time" if isinstance(outcome, httpx.TimeoutException) else "cannot be reached"
        return self._wait(ConnectionFailed(f"Latchkey {what}."), self._is_repeatable, 0.0, outcome)

    def _wait(self, error: LatchkeyError, may_repeat: bool, retry_after: float, cause: Exception | None) -> float:
        # Between half and all of the wait, so that clients that failed together do not come back together.
        backoff = _FIRST_WAIT * 2.0 ** (self._made - 1) * random.uniform(0.5, 1.0)
        wait = max(retry_after, backoff)
        if not may_repeat or self._made >= self._policy.tries or time.monotonic() + wait >= self._end:
            raise error from cause
        return wait
