/** Fetching the page of a `previewUrl`, from hosts that a server may be made to ask. */
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { isIP } from "node:net";
import { messageOf } from "../base/errors.js";
import { isPublic, lookupPublic } from "../base/public-address.js";
import { Refusal } from "./refusal.js";

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 30_000;

/** Limits of a fetch. */
export interface FetchLimits {
  maxBytes: number;
  allowPrivate: boolean;
}

/**
 * The text at a URL. Every address is checked at the moment it is connected to, after redirects too.
 *
 * @throws Refusal with status 400 and what is wrong
 */
export async function fetchPage(
  url: string,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<string> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let at = url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const target = parse(at);
    const response = await open(target, limits, ending);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      response.destroy();
      at = new URL(headers.location, target).href;
      continue;
    }
    if (statusCode < 200 || statusCode >= 300) {
      response.destroy();
      throw refused(`${statusCode} ${response.statusMessage ?? ""}`.trim());
    }
    return read(response, limits.maxBytes);
  }
  throw refused(`more than ${MAX_REDIRECTS} redirects`);
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new Refusal(400, "previewUrl must be a URL with http or https.");
}

function open(url: URL, limits: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // Node looks nothing up for an address.
  if (isIP(host) && !limits.allowPrivate && !isPublic(host)) throw privateHost(host);
  const get = url.protocol === "https:" ? httpsGet : httpGet;
  const lookup = limits.allowPrivate ? undefined : lookupPublic(privateHost);
  return new Promise((resolve, reject) => {
    get(url, { signal, ...(lookup ? { lookup } : {}) }, resolve).once("error", (error) =>
      reject(error instanceof Refusal ? error : refused(messageOf(error))),
    );
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxBytes) throw new Refusal(400, `previewUrl gives more than ${maxBytes} bytes.`);
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : refused(messageOf(error));
  }
  return Buffer.concat(parts).toString("utf8");
}

function privateHost(host: string): Refusal {
  return new Refusal(400, `previewUrl names ${host}, which is not on the public internet.`);
}

function refused(why: string): Refusal {
  return new Refusal(400, `Failed to fetch previewUrl: ${why}`);
}
