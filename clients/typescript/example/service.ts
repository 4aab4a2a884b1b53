import { Latchkey } from "@latchkey/client";
import { latchkey } from "@latchkey/client/hono";
import { Hono } from "hono";

const verifier = new Latchkey({ url: process.env.LATCHKEY_URL ?? "http://127.0.0.1:3000" });

const app = new Hono().use(latchkey(verifier));

app.post("/api/v1/chat/completions", (context) => {
  const key = context.get("latchkey");
  return context.text(`Hello, ${key.name}. Your environment is ${key.environment}.`);
});

export default app;
