/** No thread keeps a process alive that has the addon and says that it ends. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "./support.mjs";

const BINDING = new URL("../../dist/wire/binding.js", import.meta.url).href;

/** Runs a script; gives its exit code, or the signal that ended it. */
function run(script, { term = false, withinMs = 20_000 } = {}) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const late = setTimeout(() => child.kill("SIGKILL"), withinMs);
  child.stdout.once("data", () => term && child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      clearTimeout(late);
      resolve(signal ?? code);
    });
  });
}

for (const term of [false, true]) {
  const by = term ? "a signal" : "itself";
  test(`a thread that opens a pipe without a writer does not keep it, ended by ${by}`, async () => {
    const pipe = join(tempDir(), "pipe");
    execFileSync("mkfifo", [pipe]);
    const ended = await run(
      `import { readFile } from "node:fs";
       import { loadBinding } from ${JSON.stringify(BINDING)};
       loadBinding();
       readFile(${JSON.stringify(pipe)}, () => {});
       process.on("SIGTERM", () => process.exit(7));
       setTimeout(() => console.log("reads"), 200);
       if (!${term}) setTimeout(() => process.exit(7), 400);`,
      { term },
    );
    assert.equal(ended, 7);
  });
}
