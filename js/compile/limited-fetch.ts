/**
 * What the compile stage may fetch. Upstream's downloads scripts and media that a composition names,
 * with Node's `fetch`: what pages of a render may not reach must not be fetched for them either.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import type { PageNetwork } from "../base/page-limits.js";
import { isPublic, lookupPublic } from "../base/public-address.js";

const MAX_REDIRECTS = 10;
/** For one answer with its body, milliseconds. */
const MOST_MS = 120_000;
/** Statuses of answers that have no body. */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

const running = new AsyncLocalStorage<"public" | "none">();
let isInstalled = false;

/** Runs `work`, in which `fetch` reaches no more than `network`. */
export function withFetchLimits<T>(network: PageNetwork, work: () => Promise<T>): Promise<T> {
  if (network === "all") return work();
  install();
  return running.run(network, work);
}

/** Others of the process go on as before. */
function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  const before = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const network = running.getStore();
    return network === undefined ? before(input, init) : limitedFetch(network, input, init);
  };
}

async function limitedFetch(
  network: "public" | "none",
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const request = new Request(input, init);
  let url = new URL(request.url);
  if (network === "none" || request.method !== "GET" || !/^https?:$/.test(url.protocol)) {
    throw refused(url.host);
  }
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const answer = await get(url, request);
    const { statusCode = 0, headers } = answer;
    const isRedirect = statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
    if (!isRedirect || request.redirect === "manual") return responseOf(answer, url);
    answer.destroy();
    if (request.redirect === "error") throw new TypeError(`unexpected redirect of ${url.host}`);
    url = new URL(headers.location as string, url);
  }
  throw new TypeError(`more than ${MAX_REDIRECTS} redirects`);
}

function get(url: URL, request: Request): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // Node looks nothing up for an address.
  if (isIP(host) && !isPublic(host)) throw refused(url.host);
  const start = url.protocol === "https:" ? httpsGet : httpGet;
  const headers = Object.fromEntries(request.headers);
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(MOST_MS)]);
  const options = { headers, signal, lookup: lookupPublic(refused) };
  return new Promise((resolve, reject) => {
    start(url, options, resolve).once("error", reject);
  });
}

function responseOf(answer: IncomingMessage, url: URL): Response {
  const { statusCode = 0, statusMessage = "" } = answer;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  const isEmpty = WITHOUT_BODY.has(statusCode);
  if (isEmpty) answer.resume();
  const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
  const response = new Response(body, { status: statusCode, statusText: statusMessage, headers });
  return Object.defineProperty(response, "url", { value: url.href });
}

function refused(host: string): TypeError {
  return new TypeError(`this render may not reach ${host} (HF_NATIVE_PAGE_NETWORK)`);
}
