/**
 * Requests of all shapes to the HTTP server, over a raw socket: made from pieces by a seeded generator, so
 * that a failure can be repeated. Each gets an answer or an end in time, none an internal error, and none
 * a byte of a file that it may not see. Rendering is a stand-in.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { startServerOn } from "../../dist/service/start.js";
import { numbers } from "../e2e/support/numbers.mjs";
import { project, tempDir } from "./support.mjs";

const SECRET = "SECRET-OUTSIDE-OF-EVERY-FOLDER";
const REQUESTS = 1500;
const SEED = 20_261_127;
const WITHIN_MS = 10_000;
const logger = { error() {}, warn() {}, info() {}, debug() {} };

/** @param {() => number} next */
function generator(next, { projectDir, outside }) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const chance = (share) => next() < share;
  const bytes = (most) =>
    String.fromCharCode(...Array.from({ length: next() * most }, () => next() * 256));
  const segment = () =>
    pick([
      "..",
      ".",
      "",
      "%2e%2e",
      "..%2f",
      "%00",
      "%ff",
      "outputs",
      "render",
      "secret",
      "x".repeat(300),
    ]);
  const path = () =>
    pick([
      ...[
        "/health",
        "/metrics",
        "/render",
        "/render/stream",
        "/render/queue",
        "/lint",
        "/outputs/",
        "*",
      ],
      `/outputs/${encodeURIComponent(outside)}`,
      `/outputs/../../${outside}`,
      `http://localhost/outputs/${outside}`,
      `/${Array.from({ length: next() * 6 }, segment).join("/")}`,
      `/${bytes(40).replace(/[\r\n ]/g, "")}`,
      "//[",
    ]);
  const value = () =>
    pick([
      ...[
        null,
        true,
        -1,
        Number.MAX_VALUE,
        "",
        "../x",
        "\u0000",
        "a".repeat(5000),
        [],
        {},
        [[[]]],
        outside,
      ],
      ...[projectDir, `${projectDir}/../`, "file:///etc/passwd", "http://127.0.0.1:1/", "mp4"],
      ...[{ __proto__: null, constructor: 1 }, { num: 0, den: 0 }, bytes(30)],
    ]);
  const fields = [
    ...[
      "projectDir",
      "html",
      "previewUrl",
      "outputPath",
      "entryFile",
      "fps",
      "format",
      "quality",
      "crf",
    ],
    ...[
      "workers",
      "variables",
      "outputResolution",
      "hdrMode",
      "outputDynamicRange",
      "debug",
      "__proto__",
    ],
  ];
  const body = () => {
    if (chance(0.2)) return bytes(200);
    const given = Object.fromEntries(
      fields.filter(() => chance(0.25)).map((name) => [name, value()]),
    );
    const text = JSON.stringify(chance(0.7) ? { projectDir, ...given } : given);
    return chance(0.1) ? text.slice(0, next() * text.length) : text;
  };
  const header = () =>
    pick([
      ...[
        "Origin: http://evil.example",
        "Authorization: Bearer x",
        "Expect: 100-continue",
        "Range: bytes=0-",
      ],
      ...[
        "Transfer-Encoding: chunked",
        "Content-Length: 5",
        "Content-Length: -1",
        "Upgrade: websocket",
      ],
      ...[
        `Idempotency-Key: ${bytes(60)}`,
        `X-Request-Id: ${bytes(300)}`,
        `${bytes(20)}: ${bytes(20)}`,
      ],
      `Cookie: ${"c".repeat(20_000)}`,
    ]);
  return () => {
    if (chance(0.05)) return bytes(400);
    const method = pick([
      "GET",
      "GET",
      "POST",
      "POST",
      "POST",
      "HEAD",
      "PUT",
      "OPTIONS",
      "CONNECT",
      "é",
    ]);
    const sent = body();
    const headers = Array.from({ length: next() * 3 }, header);
    if (chance(0.9)) headers.push("Host: localhost");
    if (chance(0.8)) headers.push(`Content-Length: ${Buffer.byteLength(sent, "latin1")}`);
    return `${method} ${path()} HTTP/1.1\r\n${headers.join("\r\n")}\r\nConnection: close\r\n\r\n${sent}`;
  };
}

/** All that comes back until the end. */
function ask(port, request) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error("no answer in time"));
    }, WITHIN_MS);
    const end = () => {
      clearTimeout(late);
      resolve(answer);
    };
    socket.setEncoding("latin1").on("data", (part) => {
      answer += part;
    });
    socket.once("close", end).on("error", () => undefined);
    socket.end(Buffer.from(request, "latin1"));
  });
}

test(`${REQUESTS} requests of all shapes`, async (t) => {
  const dir = tempDir();
  const outside = join(dir, "secret");
  writeFileSync(outside, SECRET);
  const [projects, outputs] = ["projects", "outputs"].map((name) => join(dir, name));
  for (const folder of [projects, outputs]) mkdirSync(folder);
  const projectDir = project();
  const execute = async (job, _project, outputPath) => {
    writeFileSync(outputPath, "video");
    Object.assign(job, { outcome: "completed" });
  };
  const options = { port: 0, logger, rendersDir: outputs, handleSignals: false, drainMs: 0 };
  const limits = { projectDirs: [projectDir], outputDirs: [outputs] };
  const server = startServerOn({ ...options, ...limits }, execute);
  t.after(() => server.drain());
  await once(server, "listening");
  const { port } = server.address();
  const next = generator(numbers(SEED), { projectDir, outside });
  const statuses = new Map();
  const one = async (at) => {
    const request = next();
    const shown = `request ${at} of seed ${SEED}: ${JSON.stringify(request.slice(0, 600))}`;
    const answer = await ask(port, request).catch((error) =>
      assert.fail(`${error.message}: ${shown}`),
    );
    assert.ok(!answer.includes(SECRET), shown);
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? "closed";
    assert.ok(!/^5/.test(status), `${answer.slice(0, 400)}: ${shown}`);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  for (let at = 0; at < REQUESTS; at += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => one(at + n)));
  }
  // The generator reaches behind the parser, and good requests still pass.
  for (const status of ["200", "400", "403", "404", "405"]) assert.ok(statuses.get(status), status);
  assert.match(await ask(port, "GET /health HTTP/1.0\r\n\r\n"), /200 OK/);
});
