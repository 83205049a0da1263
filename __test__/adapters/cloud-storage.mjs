/** The parts of S3 and of Google Cloud Storage that the adapters use, with objects in memory. */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/** @typedef {{ body: Buffer, metadata: Record<string, string> }} StoredObject */

async function serve(answer) {
  const server = createServer(async (request, response) => {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts);
      await answer(request, body, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** S3, with buckets in the path. Objects are found as `bucket/key`. */
export async function startS3() {
  /** @type {Map<string, StoredObject>} */
  const objects = new Map();
  const server = await serve((request, body, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://s3").pathname.slice(1));
    if (request.method === "PUT") {
      if (request.headers["if-none-match"] === "*" && objects.has(name)) {
        return refuse(response, 412, "PreconditionFailed");
      }
      const given = Object.entries(request.headers).filter(([key]) =>
        key.startsWith("x-amz-meta-"),
      );
      const metadata = Object.fromEntries(given);
      const isChunked = /aws-chunked/.test(request.headers["content-encoding"] ?? "");
      objects.set(name, { body: isChunked ? unchunked(body) : body, metadata });
      return response.writeHead(200, { etag: `"${randomUUID()}"` }).end();
    }
    const found = objects.get(name);
    if (!found) return refuse(response, 404, "NoSuchKey");
    const head = { "content-length": found.body.length, ...found.metadata };
    response.writeHead(200, head).end(request.method === "HEAD" ? undefined : found.body);
  });
  return { ...server, objects };
}

function refuse(response, status, code) {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(text);
}

/** What is in a body of lengths in hexadecimal, each before so many bytes. */
function unchunked(body) {
  const parts = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const length = Number.parseInt(body.toString("latin1", at, end), 16);
    if (!length) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

/** Google Cloud Storage: uploads of one request or of two, downloads, and facts of an object. */
export async function startGcs() {
  /** @type {Map<string, StoredObject>} */
  const objects = new Map();
  const sessions = new Map();
  let url = "";
  const server = await serve((request, body, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://gcs");
    const json = (status, value) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const store = (name, stored, isNew) => {
      if (isNew && objects.has(name)) return json(412, { error: { code: 412, message: "exists" } });
      objects.set(name, stored);
      return json(200, facts(name, stored));
    };
    const upload = pathname.match(/^\/(?:upload|resumable)\/storage\/v1\/b\/([^/]+)\/o$/);
    const isNew = searchParams.get("ifGenerationMatch") === "0";
    if (upload && searchParams.get("uploadType") === "multipart") {
      const [told, content] = twoParts(request.headers["content-type"], body);
      const name = `${upload[1]}/${searchParams.get("name") ?? told.name}`;
      return store(name, { body: content, metadata: told.metadata ?? {} }, isNew);
    }
    if (upload && request.method === "POST") {
      const told = body.length > 0 ? JSON.parse(body.toString()) : {};
      const id = randomUUID();
      sessions.set(id, {
        name: `${upload[1]}/${searchParams.get("name") ?? told.name}`,
        told,
        isNew,
      });
      return response.writeHead(200, { location: `${url}/session/${id}` }).end();
    }
    const session = sessions.get(pathname.match(/^\/session\/(.+)$/)?.[1]);
    if (session) {
      const { name, told } = session;
      return store(name, { body, metadata: told.metadata ?? {} }, session.isNew);
    }
    const object = pathname.match(/^(?:\/download)?(?:\/storage\/v1)?\/b\/([^/]+)\/o\/(.+)$/);
    const name = object && `${object[1]}/${decodeURIComponent(object[2])}`;
    const found = name && objects.get(name);
    if (!found) return json(404, { error: { code: 404, message: "not found" } });
    if (searchParams.get("alt") !== "media") return json(200, facts(name, found));
    const { crc32c, md5Hash } = facts(name, found);
    response.setHeader("x-goog-hash", `crc32c=${crc32c},md5=${md5Hash}`);
    response.writeHead(200, { "content-length": found.body.length }).end(found.body);
  });
  url = server.url;
  return { ...server, objects };
}

function facts(name, { body, metadata }) {
  const [bucket, ...key] = name.split("/");
  return {
    kind: "storage#object",
    bucket,
    name: key.join("/"),
    size: `${body.length}`,
    generation: "1",
    metadata,
    md5Hash: createHash("md5").update(body).digest("base64"),
    crc32c: crc32c(body),
  };
}

function twoParts(type, body) {
  const [, boundary] = type.match(/boundary="?([^";]+)"?/);
  const mark = Buffer.from(`--${boundary}`);
  const parts = [];
  for (let at = body.indexOf(mark); at >= 0; ) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length, next);
    parts.push(part.subarray(part.indexOf("\r\n\r\n") + 4, part.length - 2));
    at = next;
  }
  return [JSON.parse(parts[0].toString()), parts[1]];
}

function crc32c(body) {
  let sum = 0xffffffff;
  for (const byte of body) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE(~sum >>> 0);
  return out.toString("base64");
}
