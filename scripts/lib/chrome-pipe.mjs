/** A browser started by command line and driven over its debugging pipe, and nothing more. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { endTree } from "../../dist/bench/process-tree.js";

const CALL_MS = 60_000;

/** Arguments of a headless browser whose WebGL is drawn by SwiftShader, on any machine. */
export const SOFTWARE_WEBGL = [
  "--headless",
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--force-color-profile=srgb",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

/** One browser. `close` it, always. */
export class ChromePipe {
  #child;
  #profile;
  #nextId = 1;
  /** Calls without an answer yet. */
  #waiting = new Map();
  #unread = [];
  #failure;

  /**
   * @param {string} executable
   * @param {string[]} args without profile and debugging
   * @param {AbortSignal} [signal] fails all calls, so that its owner gets to close it
   */
  constructor(executable, args, signal) {
    this.#profile = mkdtempSync(path.join(os.tmpdir(), "hf-chrome-pipe-"));
    const own = ["--remote-debugging-pipe", `--user-data-dir=${this.#profile}`, "about:blank"];
    this.#child = spawn(executable, [...args, ...own], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    this.#child.once("error", (error) => this.#fail(error));
    this.#child.once("exit", (code, signal) =>
      this.#fail(new Error(`${executable} ended with ${signal ?? code}`)),
    );
    signal?.addEventListener("abort", () => this.#fail(signal.reason), { once: true });
    // Its end is reported by "exit"; a write into the closed pipe would only say so again.
    this.#child.stdio[3].on("error", () => {});
    this.#child.stdio[4].on("data", (chunk) => this.#read(chunk));
  }

  get pid() {
    return this.#child.pid;
  }

  #fail(error) {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #read(chunk) {
    let rest = chunk;
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      this.#unread.push(rest.subarray(0, end));
      this.#dispatch(JSON.parse(Buffer.concat(this.#unread).toString("utf8")));
      this.#unread = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length) this.#unread.push(rest);
  }

  #dispatch(message) {
    const call = this.#waiting.get(message.id);
    if (!call) return;
    this.#waiting.delete(message.id);
    if (message.error) call.reject(new Error(`${call.method}: ${message.error.message}`));
    else call.resolve(message.result);
  }

  /**
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId] absent: the browser itself
   * @returns {Promise<any>} its result; fails after a minute without an answer
   */
  async call(method, params = {}, sessionId = undefined) {
    if (this.#failure) throw this.#failure;
    const id = this.#nextId++;
    let timer;
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject });
      timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${method}: no answer within ${CALL_MS / 1000} s`));
      }, CALL_MS);
    });
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the browser and removes its profile. */
  async close() {
    await endTree(this.#child);
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }
}
