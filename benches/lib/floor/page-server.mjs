/** Serves one compiled composition on the loopback interface. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The file of the first root that has it. */
async function find(roots, name) {
  for (const root of roots) {
    const file = path.join(root, name);
    if (!file.startsWith(root + path.sep)) continue;
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return file;
  }
  return undefined;
}

/**
 * @param {{documentPath: string, compiledDir: string, projectDir: string}} composition
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` is the index document's
 */
export async function servePage({ documentPath, compiledDir, projectDir }) {
  const document = await readFile(documentPath);
  const roots = [compiledDir, projectDir].map((dir) => path.resolve(dir));
  const answer = async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    if (name === "/" || name === "/index.html") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(document);
      return;
    }
    const file = await find(roots, name);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type });
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}/index.html`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
