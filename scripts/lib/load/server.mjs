/** A server for load tests: prints its port, and ends once its input does. */
import { once } from "node:events";
import { startServer } from "../../../dist/server.js";

const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const server = startServer({ port: 0, logger, rendersDir: process.argv[2] });
await once(server, "listening");
console.log(server.address().port);
process.stdin.resume();
await once(process.stdin, "end");
await server.drain();
