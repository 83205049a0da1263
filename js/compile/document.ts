/** The final HTML of the page, taken from upstream's file server. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settleWithin } from "../base/deadline.js";
import { messageOf, NativeRenderError } from "../base/errors.js";
import type { Fps } from "../base/types.js";
import type { Upstream } from "../upstream/types.js";
import { SEEDED_RANDOM } from "./seeded-random.js";
import { contractError } from "./stage.js";
import { VIRTUAL_TIME_SHIM } from "./virtual-time-shim.js";

const SERVER_START_MS = 15_000;
const FETCH_MS = 30_000;
const PROBE_NAME = "__hyperframes_native_head_probe.html";
const PROBE_OPEN = "<!doctype html><html><head>";
const PROBE_REST = '<meta name="after-head"></head><body></body></html>';

/** The final HTML of a composition. */
export interface FinalDocument {
  /** `index.html` as upstream serves it to its own engine, with our virtual clock. */
  html: string;
  /** What upstream inserts after `<head>` of every other HTML file. */
  preHead: string;
}

/**
 * Lets upstream's file server assemble the page once. Its runtime, early stub, capture flag and
 * bridge belong to its version, and none of them is exported. `seededRandom` adds random numbers that
 * depend on the frame alone.
 */
export async function assembleDocument(
  upstream: Upstream,
  projectDir: string,
  compiledDir: string,
  fps: Fps,
  seededRandom = false,
): Promise<FinalDocument> {
  const probePath = join(compiledDir, PROBE_NAME);
  writeFileSync(probePath, PROBE_OPEN + PROBE_REST);
  const started = await settleWithin(
    upstream.namespace.createFileServer({
      projectDir,
      compiledDir,
      port: 0,
      preHeadScripts: [seededRandom ? VIRTUAL_TIME_SHIM + SEEDED_RANDOM : VIRTUAL_TIME_SHIM],
      fps,
    }),
    SERVER_START_MS,
  );
  if (started.state !== "fulfilled") {
    rmSync(probePath, { force: true });
    const why = started.state === "rejected" ? messageOf(started.error) : "it did not start";
    throw contractError(upstream, `its file server failed (${why})`);
  }
  const server = started.value;
  try {
    const origin = `http://127.0.0.1:${server.port}`;
    const html = await fetchText(`${origin}/index.html`);
    const probe = await fetchText(`${origin}/${PROBE_NAME}`);
    return { html: checked(upstream, html), preHead: insertedHead(upstream, probe) };
  } finally {
    server.close();
    rmSync(probePath, { force: true });
  }
}

/** Part of the virtual clock's text that the escaping of inline scripts leaves unchanged. */
const SHIM_MARK = "window.__HF_VIRTUAL_TIME__ = Object.assign(originals";

function checked(upstream: Upstream, html: string): string {
  if (!html.includes(SHIM_MARK)) {
    throw contractError(upstream, "its file server did not insert the virtual clock");
  }
  if (!html.includes("renderSeek")) {
    throw contractError(upstream, "its file server did not insert the page runtime");
  }
  return html;
}

function insertedHead(upstream: Upstream, probe: string): string {
  const start = probe.indexOf("<head>") + "<head>".length;
  const end = probe.lastIndexOf(PROBE_REST.slice(0, PROBE_REST.indexOf("</head>")));
  const inserted = end > start ? probe.slice(start, end).trim() : "";
  if (!inserted.includes(SHIM_MARK)) {
    throw contractError(upstream, "its file server did not extend the head of another page");
  }
  return inserted;
}

async function fetchText(url: string): Promise<string> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(FETCH_MS),
      headers: { connection: "close" },
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.text();
  } catch (cause) {
    throw new NativeRenderError(
      "HF_NATIVE_COMPILE_DOCUMENT",
      `Could not read ${new URL(url).pathname} from the file server of HyperFrames: ${messageOf(cause)}`,
      { stage: "compile", retryable: true, cause },
    );
  }
}
