// Requests that really go through the verifier, as gateways send them.

import type { Server } from "../tests/server.ts";
import { REQUESTS, type EndpointName } from "./catalogue.ts";
import { DAY, HOUR, NOW } from "./clock.ts";
import type { Use } from "./keys.ts";
import type { Random } from "./random.ts";

/** A token that gateways use. */
export type UsedToken = {
  token: string;
  use: Use;
  /** When the key was made. */
  since: number;
};

type Question = { key: string; method: string; path: string; ip: string };

/** How much of a day's traffic an hour has, in UTC; 1 on average. */
const HOURS = [0.35, 0.3, 0.28, 0.3, 0.4, 0.6, 0.9, 1.3, 1.6, 1.75, 1.8, 1.7, 1.55, 1.65, 1.75, 1.65, 1.45, 1.2, 1.0, 0.9, 0.75, 0.6, 0.5, 0.42];
const WEEKEND = 0.45;
/** After this time, the traffic has grown by e. */
const GROWTH = 45 * DAY;
/** Requests with unknown tokens, for each request of a key. */
const UNKNOWN = 0.008;
const AT_ONCE = 24;

/** How much of a day's traffic falls between two points in time. */
export function share(from: number, to: number): number {
  let sum = 0;
  for (let time = from; time < to; time += HOUR) {
    const length = Math.min(HOUR, to - time) / HOUR;
    const middle = new Date(time + (length * HOUR) / 2);
    const weekday = middle.getUTCDay() % 6 === 0 ? WEEKEND : 1;
    sum += (length / 24) * (HOURS[middle.getUTCHours()] ?? 1) * weekday * Math.exp((time - NOW) / GROWTH);
  }
  return sum;
}

/** The requests of these tokens, for a part of a day's traffic, in any order. */
export function requests(tokens: readonly UsedToken[], part: number, at: number, random: Random): Question[] {
  const questions: Question[] = [];
  for (const { token, use, since } of tokens) {
    if (since > at || (use.idle !== undefined && NOW - use.idle * DAY < at)) continue;
    for (let count = random.count(use.perDay * part); count > 0; count--) {
      const astray = random.next() < (use.astray ?? 0);
      questions.push(question(token, random.weighted(use.calls), astray ? "198.51.100.99" : random.pick(use.from)));
    }
  }
  for (let count = random.count(questions.length * UNKNOWN); count > 0; count--) {
    questions.push(question(`sk_live_${"x".repeat(36)}`, random.pick(["chat", "completions"] as const), "192.0.2.250"));
  }
  return random.shuffle(questions);
}

export function question(key: string, endpoint: EndpointName, ip: string): Question {
  return { key, ip, ...REQUESTS[endpoint] };
}

/** Sends all of them, some at a time. */
export async function send(server: Server, questions: readonly Question[]): Promise<void> {
  const left = questions[Symbol.iterator]();
  const sendNext = async () => {
    for (const question of left) {
      const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify(question) });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`the verifier answered ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendNext));
}
