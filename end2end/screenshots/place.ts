// Where the servers in the pictures listen, and what they know about it.

import { type Environment, freePort } from "../tests/server.ts";

/** A server as behind a proxy with TLS: the public URL, its own address, and whose word about other addresses counts. */
export async function place(): Promise<Environment> {
  return {
    LATCHKEY_PUBLIC_URL: "https://keys.example.com",
    LATCHKEY_ADDR: `127.0.0.1:${await freePort()}`,
    LATCHKEY_TRUSTED_PROXIES: "127.0.0.1/32",
    LATCHKEY_NODE_NAME: "node-a",
  };
}
