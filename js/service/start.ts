/** Starting the server, and ending it. */
import { createServer, type Server } from "node:http";
import { isLoopback } from "./loopback.js";
import type { Execute } from "./renders.js";
import { Service } from "./service.js";
import { type ServerOptions, type ServerSettings, serverSettings } from "./settings.js";

/** A server that listens or is about to. */
export interface ProducerServer extends Server {
  /**
   * Takes no more renders, lets those that run end within `drainMs`, and closes. Resolves when all
   * connections are closed.
   */
  drain(): Promise<void>;
}

/**
 * Starts the producer's HTTP server. It listens on loopback unless `host` says otherwise.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming an option or variable
 */
export function startServer(options: ServerOptions = {}): ProducerServer {
  return startServerOn(options);
}

/** {@link startServer} with another way to render, for tests. */
export function startServerOn(options: ServerOptions, execute?: Execute): ProducerServer {
  const settings = serverSettings(options);
  const service = new Service(settings, execute);
  const http = createServer((request, response) => void service.handle(request, response));
  // A render may take hours; headers and bodies may not.
  http.headersTimeout = 30_000;
  http.requestTimeout = 60_000;
  let draining: Promise<void> | undefined;
  const drain = () => {
    draining ??= service.drain().then(
      () =>
        new Promise<void>((closed) => {
          http.close(() => closed());
          http.closeIdleConnections();
          // Whoever still reads an answer has as long as renders have.
          setTimeout(() => http.closeAllConnections(), Math.max(1000, settings.drainMs)).unref();
        }),
    );
    return draining;
  };
  const server = Object.assign(http, { drain });
  const { host, port, logger } = settings;
  const ignoreSignals = settings.handleSignals ? endOnSignals(server, settings) : () => undefined;
  server.once("close", ignoreSignals);
  server.on("error", (error: NodeJS.ErrnoException) => {
    // A server that listens goes on.
    if (server.listening) return;
    ignoreSignals();
    logger.error(`Cannot listen on ${host}:${port}: ${error.message}`, { code: error.code });
    // Nobody else hears of it: it ends the process, as of any server of Node.
    if (server.listenerCount("error") === 1) throw error;
  });
  http.listen(settings.port, settings.host, () => {
    const address = http.address();
    const port = typeof address === "object" && address ? address.port : settings.port;
    settings.logger.info(`Listening on http://${settings.host}:${port}`);
    if (settings.token === undefined && !isLoopback(settings.host)) {
      settings.logger.warn("Without a token, whoever reaches this server can render with it.");
    }
  });
  return server;
}

/** @returns has signals end the process as they did before */
function endOnSignals(server: ProducerServer, { logger }: ServerSettings): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    logger.info(`Received ${signal}, shutting down`);
    void server.drain().then(() => process.exit(0));
  };
  const signals = ["SIGTERM", "SIGINT"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
