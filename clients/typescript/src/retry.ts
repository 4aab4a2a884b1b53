// Repeats requests that may be repeated, for a while.

import { ConnectionError, type LatchkeyError, ProblemError, readRetryAfter } from "./errors.js";

/** How often and for how long a request is repeated. */
export interface RetryPolicy {
  /** The most times that it is sent, the first one included. */
  tries: number;
  /** Milliseconds for all tries and the waits between them. */
  totalMs: number;
  /** Milliseconds for one try. */
  timeoutMs: number;
}

/** For the management API. */
export const MANAGEMENT_RETRIES: RetryPolicy = { tries: 4, totalMs: 30_000, timeoutMs: 10_000 };
/** For the verifier, for which somebody waits. It answers from memory, or after a second where it lacks `minChange`. */
export const VERIFIER_RETRIES: RetryPolicy = { tries: 2, totalMs: 4_000, timeoutMs: 2_000 };

/** Milliseconds before the second try, where the server does not say how long to wait. Doubled for each further try. */
const FIRST_WAIT_MS = 200;

/** A whole answer, whatever its status. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Sends a request until it is answered with 2xx, and throws the last error where it is not. A 429 was refused before anything was
 * done, so it is always repeated. After a 503 or a broken connection it may be unknown whether the request was carried out, so it is
 * repeated only where doing it twice is the same as once (`isRepeatable`). Retry-After is respected; where it is longer than the
 * time left, the error is thrown at once.
 */
export async function send(
  policy: RetryPolicy,
  isRepeatable: boolean,
  signal: AbortSignal | undefined,
  once: (signal: AbortSignal) => Promise<RawAnswer>,
): Promise<RawAnswer> {
  const end = performance.now() + policy.totalMs;
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt(Math.min(policy.timeoutMs, end - performance.now()), signal, once);
    if (!("error" in outcome)) return outcome;
    const wait = Math.max((outcome.retryAfter ?? 0) * 1000, backoff(tries));
    const mayRepeat = outcome.isRefused || (outcome.isTransient && isRepeatable);
    if (!mayRepeat || tries >= policy.tries || performance.now() + wait >= end) throw outcome.error;
    await sleep(wait, signal);
  }
}

interface Failure {
  error: LatchkeyError;
  retryAfter: number | null;
  /** The server said 429: it has done nothing. */
  isRefused: boolean;
  /** A later try may succeed. */
  isTransient: boolean;
}

async function attempt(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  once: (signal: AbortSignal) => Promise<RawAnswer>,
): Promise<RawAnswer | Failure> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  try {
    const answer = await once(signal ? AbortSignal.any([signal, timeout]) : timeout);
    if (answer.status >= 200 && answer.status < 300) return answer;
    return {
      error: new ProblemError(answer.status, answer.headers, answer.text),
      retryAfter: readRetryAfter(answer.headers, Date.now()),
      isRefused: answer.status === 429,
      isTransient: answer.status === 503,
    };
  } catch (cause) {
    signal?.throwIfAborted();
    const why = timeout.aborted ? `Latchkey did not answer within ${Math.ceil(timeoutMs)} ms.` : "Latchkey cannot be reached.";
    return { error: new ConnectionError(why, { cause }), retryAfter: null, isRefused: false, isTransient: true };
  }
}

/** Between half and all of the wait, so that clients that failed together do not come back together. */
function backoff(tries: number): number {
  return FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
