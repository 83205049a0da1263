/** Fetching the page of a `previewUrl`, from hosts that a server may be made to ask. */
import { lookup as resolveHost } from "node:dns";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { messageOf } from "../base/errors.js";
import { Refusal } from "./refusal.js";

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 30_000;

/** Addresses that are not of the public internet: IANA's special-purpose registries. */
const SPECIAL_4 = new BlockList();
/** Of its own: a list with mapped addresses takes every IPv4 address for one of them. */
const SPECIAL_6 = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  SPECIAL_4.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  // Some of these hold an IPv4 address.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  SPECIAL_6.addSubnet(net, bits, "ipv6");
}

/** Global unicast: everything else is of no use outside of its network, or holds another address. */
const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_4.check(address, "ipv4");
  return family === 6 && GLOBAL_6.check(address, "ipv6") && !SPECIAL_6.check(address, "ipv6");
}

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
  const lookup = limits.allowPrivate ? undefined : publicLookup;
  return new Promise((resolve, reject) => {
    get(url, { signal, ...(lookup ? { lookup } : {}) }, resolve).once("error", (error) =>
      reject(error instanceof Refusal ? error : refused(messageOf(error))),
    );
  });
}

/** Gives only addresses of the public internet. */
const publicLookup: LookupFunction = (host, options, done) => {
  resolveHost(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, "", 0);
    const open = addresses.filter(({ address }) => isPublic(address));
    const [first] = open;
    if (!first || open.length < addresses.length) return done(privateHost(host), "", 0);
    if (options.all) return done(null, open);
    return done(null, first.address, first.family);
  });
};

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
