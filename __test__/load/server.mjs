/**
 * A server for load tests: prints its port, for each line of its input what its heap holds once garbage
 * is collected (MiB; run with `--expose-gc`), and ends once its input does.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startServer } from "../../dist/server.js";

const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const server = startServer({ port: 0, logger, rendersDir: process.argv[2] });
await once(server, "listening");
console.log(server.address().port);
for await (const _ of createInterface({ input: process.stdin })) {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  console.log(((heapUsed + external) / (1 << 20)).toFixed(1));
}
await server.drain();
