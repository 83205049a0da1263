/** Reading requests and writing answers of Node's HTTP server. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "./refusal.js";

/** How long a client may read nothing of what it asked for. */
const READ_WITHIN_MS = 30_000;

/** Ends an answer of which nothing is read for a while. */
export function endUnread(response: ServerResponse, withinMs = READ_WITHIN_MS): void {
  response.setTimeout(withinMs, () => response.destroy());
}

/** The text of a request's body. @throws Refusal with status 413 when it is too large */
export async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () => new Refusal(413, `The body has more than ${maxBytes} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  // The connection stays for the answer when the reading is given up.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** A body as JSON. @throws Refusal with status 400 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "Invalid JSON body");
  }
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with events, one JSON object each. */
export class EventStream {
  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      connection: "keep-alive",
    });
    // A client that goes away while something is written is no fault of the server.
    response.on("error", () => undefined);
    response.flushHeaders();
  }

  /** Waits while the client reads more slowly than events come; one that reads nothing is left. */
  async send(event: object): Promise<void> {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    if (response.write(`data: ${JSON.stringify(event)}\n\n`)) return;
    await new Promise<void>((resume) => {
      const late = setTimeout(() => response.destroy(), READ_WITHIN_MS);
      const go = () => {
        clearTimeout(late);
        response.off("drain", go).off("close", go);
        resume();
      };
      response.once("drain", go).once("close", go);
    });
  }

  end(): void {
    this.response.end();
  }
}

/** The signal that is aborted when a client goes away before it has its answer. */
export function signalOf(response: ServerResponse): AbortController {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort(new Error("cancelled by the client"));
  });
  return controller;
}
