/** The routes of the server. */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { extname } from "node:path";
import { pipeline } from "node:stream";
import { executeRenderJob } from "../api/producer.js";
import { messageOf } from "../base/errors.js";
import { prepareHyperframeLintBody, runHyperframeLint } from "../exports/producer.js";
import { Artifacts } from "./artifacts.js";
import { EventStream, endUnread, parseJson, readText, sendJson, signalOf } from "./http.js";
import { isLoopback } from "./loopback.js";
import { Metrics } from "./metrics.js";
import { RenderQueue } from "./queue.js";
import { Refusal } from "./refusal.js";
import { type Ending, type Execute, type RenderParts, runRender } from "./renders.js";
import { type Answer, Repeats } from "./repeats.js";
import { assertLintable, readRequest } from "./request.js";
import type { ServerSettings } from "./settings.js";

/** Addresses of requests are relative to it. */
const BASE = "http://server";

const TYPES: Record<string, string> = {
  ".webm": "video/webm",
  ".mov": "video/quicktime",
  ".gif": "image/gif",
};

type Handler = (call: Call) => Promise<void> | void;

/** A request that is answered. */
interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  id: string;
  /** The rest of the path. */
  rest: string;
}

/** Answers requests. */
export class Service {
  readonly #parts: RenderParts;
  readonly #repeats: Repeats;
  readonly #startedAtMs = Date.now();
  /** Of the renders that wait or run. */
  readonly #running = new Set<AbortController>();
  readonly #routes: readonly (readonly [method: string, path: string, handler: Handler])[];

  constructor(
    private readonly settings: ServerSettings,
    execute: Execute = executeRenderJob,
  ) {
    const { maxConcurrentRenders, maxQueuedRenders, artifactTtlMs } = settings;
    this.#parts = {
      settings,
      execute,
      queue: new RenderQueue(maxConcurrentRenders, maxQueuedRenders),
      artifacts: new Artifacts(artifactTtlMs),
      metrics: new Metrics(),
    };
    this.#repeats = new Repeats(artifactTtlMs);
    this.#routes = [
      ["GET", "/health", (call) => this.#health(call)],
      ["GET", "/metrics", (call) => this.#metrics(call)],
      ["GET", "/render/queue", (call) => this.#queue(call)],
      ["POST", "/render/stream", (call) => this.#stream(call)],
      ["POST", "/render", (call) => this.#render(call)],
      ["POST", "/lint", (call) => this.#lint(call)],
      ["GET", `${settings.outputUrlPrefix}/`, (call) => this.#output(call)],
    ];
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = idOf(request);
    try {
      const address = request.url ?? "/";
      if (!URL.canParse(address, BASE)) throw new Refusal(400, "The address cannot be read.");
      const { pathname } = new URL(address, BASE);
      const found = this.#routes.filter(([, path]) =>
        path.endsWith("/") ? pathname.startsWith(path) : pathname === path,
      );
      if (pathname !== "/health") this.#authorize(request);
      const [first] = found;
      if (!first) throw new Refusal(404, `No route ${request.method} ${pathname}.`);
      const [method, path, handler] = first;
      if (request.method !== method) {
        throw new Refusal(405, `${path} takes ${method}.`, { allow: method });
      }
      await handler({ request, response, id, rest: pathname.slice(path.length) });
    } catch (error) {
      this.#refuse(response, id, error);
    }
  }

  /** Takes no more renders; ends those that still run after `drainMs`. Resolves when none runs. */
  async drain(): Promise<void> {
    this.#parts.queue.drain();
    const deadline = Date.now() + this.settings.drainMs;
    let isEnding = false;
    while (this.#running.size > 0) {
      if (!isEnding && Date.now() >= deadline) {
        isEnding = true;
        for (const running of this.#running) running.abort(new Error("cancelled: server ends"));
      }
      // A render that was cancelled ends within a second.
      if (Date.now() >= deadline + 10_000) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #authorize({ headers }: IncomingMessage): void {
    const { token } = this.settings;
    if (token === undefined) {
      // Any page in a browser of this machine can send requests to loopback.
      if (headers.origin === undefined && !isRebound(headers.host, this.settings.host)) return;
      throw new Refusal(403, "Requests of web pages need a server with a token.");
    }
    const given = Buffer.from(headers.authorization ?? "");
    const wanted = Buffer.from(`Bearer ${token}`);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
    throw new Refusal(401, "A valid bearer token is needed.", { "www-authenticate": "Bearer" });
  }

  #refuse(response: ServerResponse, id: string, error: unknown): void {
    // The client went away in the middle of its request.
    if (response.destroyed) return;
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, `Internal error: ${messageOf(error)}`);
    if (refusal.status >= 500) this.settings.logger.error(refusal.message, { requestId: id });
    this.#parts.metrics.refused(refusal.status);
    // What is left of a body that was not read must not be taken for a further request.
    const headers = { ...refusal.headers, connection: "close" };
    const body = { success: false, requestId: id, error: refusal.message };
    sendJson(response, refusal.status, body, headers);
  }

  #health({ response }: Call): void {
    const { isDraining } = this.#parts.queue;
    sendJson(response, isDraining ? 503 : 200, {
      status: isDraining ? "draining" : "ok",
      uptime: Math.floor(this.#uptime()),
      timestamp: new Date().toISOString(),
    });
  }

  #metrics({ response }: Call): void {
    const { metrics, queue } = this.#parts;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(metrics.text(queue, this.#uptime()));
  }

  #queue({ response }: Call): void {
    const { queue } = this.#parts;
    sendJson(response, 200, {
      maxConcurrentRenders: queue.maxActive,
      activeRenders: queue.active,
      queuedRenders: queue.waiting,
    });
  }

  async #render({ request, response, id }: Call): Promise<void> {
    const body = await readText(request, this.settings.maxBodyBytes);
    const key = request.headers["idempotency-key"] as string | undefined;
    const answer = await this.#repeats.answer(key, body, () => this.#answer(parseJson(body), id));
    sendJson(response, answer.status, answer.body);
  }

  /** A client that goes away does not end the render: it may ask again. */
  async #answer(body: unknown, requestId: string): Promise<Answer> {
    const began = Date.now();
    const ending = await this.#run(body, requestId, new AbortController());
    const durationMs = Date.now() - began;
    if (ending.state === "completed") {
      return { status: 200, body: { success: true, requestId, durationMs, ...ending.facts } };
    }
    const { job } = ending;
    const facts = ending.state === "failed" ? ending.facts : { error: ending.message };
    const details = { stage: job.currentStage, durationMs, errorDetails: job.errorDetails ?? null };
    return { status: 500, body: { success: false, requestId, ...facts, ...details } };
  }

  async #stream({ request, response, id: requestId }: Call): Promise<void> {
    if (request.headers["idempotency-key"] !== undefined) {
      throw new Refusal(400, "Idempotency-Key is for /render.");
    }
    const began = Date.now();
    const body = await readText(request, this.settings.maxBodyBytes);
    this.#assertRoom();
    // Upstream answers with 200 and an event to a body that is wrong.
    const events = new EventStream(response);
    const send = (event: object) => events.send(event);
    try {
      const ending = await this.#run(parseJson(body), requestId, signalOf(response), send);
      await send(eventOf(ending, requestId, Date.now() - began));
    } catch (error) {
      if (response.destroyed) return;
      const { status, message } = error instanceof Refusal ? error : refusalOf(error);
      this.#parts.metrics.refused(status);
      const stage = status < 500 && status !== 429 ? "validation" : "queue";
      await send({ type: "error", requestId, error: message, stage });
    } finally {
      events.end();
    }
  }

  /** Before a page is fetched or a file written: requests that do so count as those in the queue. */
  #assertRoom(): void {
    const { queue } = this.#parts;
    queue.assertRoom();
    if (this.#running.size >= queue.maxActive + queue.maxWaiting) throw queue.full();
  }

  async #run(
    body: unknown,
    requestId: string,
    cancel: AbortController,
    send?: (event: object) => Promise<void>,
  ): Promise<Ending> {
    const { queue } = this.#parts;
    this.#assertRoom();
    this.#running.add(cancel);
    try {
      const name = randomUUID().slice(0, 13);
      const wanted = await readRequest(body, this.settings, name, cancel.signal);
      try {
        if (queue.active >= queue.maxActive) {
          await send?.({ type: "queued", requestId, position: queue.waiting });
        }
        return await runRender(this.#parts, wanted, requestId, cancel.signal, (job, message) =>
          send?.({
            type: "progress",
            requestId,
            stage: job.currentStage,
            progress: job.progress,
            framesRendered: job.framesRendered ?? 0,
            totalFrames: job.totalFrames ?? 0,
            message,
          }),
        );
      } finally {
        await wanted.dispose();
      }
    } finally {
      this.#running.delete(cancel);
    }
  }

  async #lint({ request, response, id: requestId }: Call): Promise<void> {
    const body = parseJson(await readText(request, this.settings.maxBodyBytes));
    assertLintable(body, this.settings.projectDirs);
    const read = prepareHyperframeLintBody(body);
    if ("error" in read) throw new Refusal(400, read.error);
    const { entryFile, source } = read.prepared;
    const result = await runHyperframeLint(read.prepared);
    sendJson(response, 200, { success: true, requestId, entryFile, source, result });
  }

  #output({ response, rest }: Call): void {
    const path = this.#parts.artifacts.pathOf(rest);
    if (path === undefined) throw new Refusal(404, "Output artifact not found or expired");
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) throw new Refusal(404, "Output artifact file missing");
    response.writeHead(200, {
      "content-type": TYPES[extname(path)] ?? "video/mp4",
      "content-length": size,
      "cache-control": "no-store",
    });
    endUnread(response);
    pipeline(createReadStream(path), response, () => undefined);
  }

  #uptime(): number {
    return (Date.now() - this.#startedAtMs) / 1000;
  }
}

/** The last event of a stream. */
function eventOf(ending: Ending, requestId: string, elapsedMs: number): object {
  if (ending.state === "completed") return { type: "complete", requestId, ...ending.facts };
  const { job } = ending;
  const stage = job.currentStage;
  if (ending.state === "cancelled") {
    const outcome = job.outcome ?? "cancelled";
    return { type: "cancelled", requestId, stage, outcome, message: ending.message };
  }
  const { errorDetails = null, outcome = "failed", warnings } = job;
  const more = { stage, elapsedMs, errorDetails, outcome, warnings };
  return { type: "error", requestId, ...ending.facts, ...more };
}

function refusalOf(error: unknown): Refusal {
  return new Refusal(500, `Internal error: ${messageOf(error)}`);
}

/**
 * Whether a request to loopback names another host: a page may have its own name lead here (DNS
 * rebinding), and sends no origin with what it reads then.
 */
function isRebound(host: string | undefined, listensOn: string): boolean {
  if (host === undefined || !isLoopback(listensOn)) return false;
  const name = host.replace(/:\d*$/, "").replace(/^\[|\]$/g, "");
  return name !== "localhost" && isIP(name) === 0;
}

/** The client's own id, if it is short and printable. */
function idOf({ headers }: IncomingMessage): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\x21-\x7e]{1,200}$/.test(given) ? given : randomUUID();
}
