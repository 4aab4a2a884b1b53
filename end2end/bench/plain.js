// A plain static page. Its scores show what this machine and this Chromium allow at most.

import { once } from "node:events";
import { createServer } from "node:http";

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A plain page</title>
<link rel="icon" href="data:,">
</head>
<body><main><h1>A plain page</h1><p>It has no scripts and no style sheet.</p></main></body>
</html>
`;

/**
 * Runs `work` with the address of the page.
 * @template T
 * @param {(url: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPlainPage(work) {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": Buffer.byteLength(PAGE) });
    answer.end(PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the plain page has no port");
  try {
    return await work(`http://127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
