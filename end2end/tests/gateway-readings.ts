// The ways in which servers read paths and header names.

import { posix } from "node:path";

/** The endpoints of a new Latchkey, by method and path. */
export function endpointOf(method: string, path: string): string | undefined {
  if (method === "POST" && path === "/api/v1/chat/completions") return "chat";
  if (method === "POST" && path === "/api/bias/check-bias") return "check-bias";
  if (["GET", "POST"].includes(method) && (path === "/api/v1/img" || path.startsWith("/api/v1/img/"))) return "image";
  return undefined;
}

/** The paths that servers may read from a request target: some resolve dots, some decode first, some cut off parameters. */
export function readings(target: string): Set<string> {
  const steps: ((path: string) => string)[] = [
    (path) => posix.normalize(path),
    (path) => path.replaceAll(/\/+/g, "/"),
    (path) => path.replaceAll(/;[^/]*/g, ""),
    (path) => path.replaceAll("\\", "/"),
    (path) => decoded(path),
    (path) => new URL(path.replace(/^\/*/, "/"), "http://api.example.com").pathname,
  ];
  const path = target.replace(/[?#].*/s, "");
  const found = new Set([path]);
  // These are all orders of two steps, followed by resolving dots.
  for (const first of steps) {
    for (const second of steps) found.add(posix.normalize(second(first(path))));
    found.add(first(path));
  }
  return found;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // The bytes are not UTF-8, so each byte is decoded separately.
    return path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/**
 * The headers as CGI, PHP, WSGI, Rack and others name them (RFC 3875, section 4.1.18): every character except letters and digits
 * becomes an underscore. Headers with the same resulting name are joined, as by WSGI, or the last one counts, as in PHP. Either way, a
 * forged header beside a true one is a failure.
 */
export function variables(headers: Record<string, string[]>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    (found[`HTTP_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`] ??= []).push(...values);
  }
  return found;
}
