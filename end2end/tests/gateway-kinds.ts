// Starts each gateway with its configuration from docs/GATEWAYS.md, so that the tests check the text that
// readers paste.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const KINDS = ["nginx", "Caddy of Debian", "Caddy", "Traefik", "Envoy"] as const;
export type Kind = (typeof KINDS)[number];

export type Ports = { gateway: number; latchkey: number; upstream: number };

/** Replacements that a test makes in the texts of docs/GATEWAYS.md. Each replaced text must exist. */
export type Changes = Record<string, string>;

type Setup = {
  /** The command that runs it in its own folder, on free ports, in the foreground. */
  command: (folder: string, ports: Ports, changes: Changes) => [program: string, ...args: string[]];
  /** Whether its configuration uses TLS. */
  tls: boolean;
};

export const SETUPS: Record<Kind, Setup> = {
  "nginx": {
    tls: false,
    command: (folder, ports, changes) => {
      const site = adapted("# /etc/nginx/conf.d/api.conf", ports, changes, {
        "listen 80;": `listen 127.0.0.1:${ports.gateway};`,
        "/run/latchkey-refusals": join(folder, "refusals"),
      });
      writeFileSync(join(folder, "api.conf"), site);
      // These are the surrounding parts of Debian's nginx.conf, with all files in the folder.
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(folder, name)};`);
      // Otherwise its workers would run as another user, who cannot read the folder.
      const user = process.getuid?.() === 0 ? "user root root;" : "";
      const main = `${user} daemon off; pid ${join(folder, "pid")}; error_log stderr info; events {}
        http { access_log off; ${temporary.join(" ")} include ${join(folder, "api.conf")}; }`;
      writeFileSync(join(folder, "nginx.conf"), main);
      return ["/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
    },
  },
  "Caddy of Debian": { tls: false, command: caddy(() => "/usr/bin/caddy") },
  "Caddy": { tls: false, command: caddy(() => fromPyPi("bin/caddy")) },
  "Traefik": {
    tls: true,
    command: (folder, ports, changes) => {
      const { certificate, key } = certificateIn(folder);
      // Traefik must not look for newer versions on the internet.
      const main = adapted("# /etc/traefik/traefik.yml", ports, changes, {
        '":443"': `"127.0.0.1:${ports.gateway}"`,
        "/etc/traefik/dynamic/api.yml": join(folder, "api.yml"),
      }) + "\nglobal:\n  checkNewVersion: false\n";
      const site = adapted("# /etc/traefik/dynamic/api.yml", ports, changes, {
        "/etc/traefik/tls/api.example.com.pem": certificate,
        "/etc/traefik/tls/api.example.com.key": key,
      });
      writeFileSync(join(folder, "traefik.yml"), main);
      writeFileSync(join(folder, "api.yml"), site);
      return [fromPyPi("bin/traefik"), `--configFile=${join(folder, "traefik.yml")}`];
    },
  },
  "Envoy": {
    tls: true,
    command: (folder, ports, changes) => {
      const { certificate, key } = certificateIn(folder);
      const site = adapted("# /etc/envoy/envoy.yaml", ports, changes, {
        "address: 0.0.0.0, port_value: 443": `address: 127.0.0.1, port_value: ${ports.gateway}`,
        "port_value: 3000": `port_value: ${ports.latchkey}`,
        "port_value: 8000": `port_value: ${ports.upstream}`,
        "/etc/envoy/tls/api.example.com.pem": certificate,
        "/etc/envoy/tls/api.example.com.key": key,
      });
      writeFileSync(join(folder, "envoy.yaml"), site);
      // Otherwise several Envoys would share memory for hot restarts.
      return [fromPyPi("envoy/_bin/envoy"), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "-c", join(folder, "envoy.yaml")];
    },
  },
};

function caddy(program: () => string): Setup["command"] {
  return (folder, ports, changes) => {
    const site = adapted("# /etc/caddy/Caddyfile", ports, changes, {
      "api.example.com {": `http://api.example.com:${ports.gateway} {\n\tbind 127.0.0.1`,
    });
    // The admin endpoint would listen on the same port for every Caddy.
    writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n}\n${site}`);
    return [program(), "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
  };
}

/** A file of the packages of end2end/gateways.txt, which xtask installs. */
function fromPyPi(path: string): string {
  const folder = process.env["LATCHKEY_GATEWAYS"];
  if (!folder) throw new Error("LATCHKEY_GATEWAYS does not say where the gateways of end2end/gateways.txt are: run `cargo xtask test --e2e-only`");
  const file = join(folder, path);
  if (!existsSync(file)) throw new Error(`${file} is missing: delete the folder ${folder} and run \`cargo xtask test --e2e-only\`, which fills it again`);
  return file;
}

/** The code block of docs/GATEWAYS.md that begins with this line, with the addresses of this test. */
function adapted(firstLine: string, ports: Ports, changes: Changes, own: Changes): string {
  let text = fromDocs(firstLine);
  for (const [from, to] of Object.entries(own)) {
    if (!text.includes(from)) throw new Error(`the configuration in docs/GATEWAYS.md does not have ${from}`);
    text = text.replaceAll(from, to);
  }
  // A gateway's text may be in two blocks. Gateway.start checks that each replaced text is in one of them.
  for (const [from, to] of Object.entries(changes)) text = text.replaceAll(from, to);
  return text
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${ports.latchkey}`)
    .replaceAll("127.0.0.1:8000", `127.0.0.1:${ports.upstream}`)
    .replaceAll("https://app.example.com", pageOrigin(ports));
}

/** The origin of the pages that call the API. Each upstream serves one. */
export function pageOrigin({ upstream }: { upstream: number }): string {
  return `http://app.example.com:${upstream}`;
}

/** Whether one of the gateway's blocks in docs/GATEWAYS.md has this text. */
export function docsHave(text: string): boolean {
  return blocks().some((block) => block.includes(text));
}

function fromDocs(firstLine: string): string {
  const found = blocks().filter((block) => block.startsWith(`${firstLine}\n`) || block.startsWith(`${firstLine}:`));
  if (found.length !== 1) throw new Error(`docs/GATEWAYS.md has ${found.length} code blocks that begin with ${firstLine}`);
  return found.join();
}

function blocks(): string[] {
  const docs = readFileSync(new URL("../../docs/GATEWAYS.md", import.meta.url), "utf8");
  return [...docs.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block = ""]) => block);
}

/** Makes a self-signed certificate for api.example.com. */
function certificateIn(folder: string): { certificate: string; key: string } {
  mkdirSync(join(folder, "tls"), { recursive: true });
  const [certificate, key] = [join(folder, "tls", "api.pem"), join(folder, "tls", "api.key")];
  const { status, stderr, error } = spawnSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
    "-subj", "/CN=api.example.com", "-addext", "subjectAltName=DNS:api.example.com", "-keyout", key, "-out", certificate,
  ], { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl made no certificate: ${error?.message ?? stderr}`);
  return { certificate, key };
}
