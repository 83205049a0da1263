/** A Redis of one's own: nothing on disk, a port that nobody uses, gone with its test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import Redis from "ioredis";

const START_MS = 10_000;

/** @typedef {{ host: string, port: number }} Address */

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts one, in `dir`.
 *
 * @returns {Promise<{ connection: Address, stop: () => Promise<void> }>}
 */
export async function startRedis(dir, { port, keep = false } = {}) {
  const at = port ?? (await freePort());
  const kept = keep ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const args = ["--port", `${at}`, "--bind", "127.0.0.1", "--dir", dir, "--save", "", ...kept];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  // Also when a test ends by an error that nobody waited for.
  process.once("exit", () => child.kill("SIGKILL"));
  const gone = once(child, "exit").catch(() => undefined);
  const failed = new Promise((_, reject) => child.once("error", reject));
  failed.catch(() => undefined);
  const connection = { host: "127.0.0.1", port: at };
  await Promise.race([failed, answers(connection)]);
  return {
    connection,
    async stop() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function answers(connection) {
  const client = new Redis({ ...connection, lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => undefined);
  try {
    for (const end = Date.now() + START_MS; ; await sleep(50)) {
      const pong = await client
        .connect()
        .then(() => client.ping())
        .catch(() => undefined);
      if (pong === "PONG") return;
      if (Date.now() > end) throw new Error("redis-server did not answer");
    }
  } finally {
    client.disconnect();
  }
}
