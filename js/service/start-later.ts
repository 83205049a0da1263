/**
 * `startServer` for the index of the package, without Node's HTTP modules: loading them would cost
 * every importer more than the rest of the package.
 */
import { createRequire } from "node:module";
import type { ServerOptions } from "./settings.js";
import type { ProducerServer } from "./start.js";

/**
 * Starts the producer's HTTP server. It listens on loopback unless `host` says otherwise.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming an option or variable
 */
export function startServer(options: ServerOptions = {}): ProducerServer {
  const module = createRequire(import.meta.url)("./start.js") as typeof import("./start.js");
  return module.startServer(options);
}
