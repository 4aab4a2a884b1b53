import { setTimeout } from "node:timers/promises";
import { Latchkey } from "@latchkey/client";

const latchkey = new Latchkey({
  url: process.env.LATCHKEY_URL ?? "http://127.0.0.1:3000",
  token: process.env.LATCHKEY_SERVICE_TOKEN,
});

const { data: key } = await latchkey.createKey({ name: "Mara Ott", environment: "default", endpoints: ["chat"] });
console.log(`Give this token to ${key.name}, it is shown only once: ${key.token}`);

// Every node of Latchkey learns about the key, usually within a second.
let { status } = key;
while (status === "provisioning") {
  await setTimeout(100);
  ({ status } = (await latchkey.request("GET", "/manage/v1/keys/{id}", { path: { id: key.id } })).data);
}

const decision = await latchkey.verify({ key: key.token, endpoint: "chat" });
console.log(decision.valid ? `${decision.name} may chat` : `Refused: ${decision.code}`);
