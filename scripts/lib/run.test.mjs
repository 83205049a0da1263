import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { isAlive } from "../../dist/bench/process-tree.js";
import { run, which } from "./run.mjs";

const node = process.execPath;
const runModule = new URL("./run.mjs", import.meta.url).href;

test("output is kept, and a failure names the command, its code and what it said", async () => {
  const ok = await run(node, ["-e", "console.log('hello')"], { output: "capture" });
  assert.deepEqual(ok, { code: 0, output: "hello\n", timedOut: false });

  const script = "console.error('no such thing'); process.exit(3)";
  await assert.rejects(run(node, ["-e", script], { output: "capture" }), (error) => {
    assert.equal(error.code, 3);
    assert.match(error.message, /ended with code 3\nno such thing$/);
    return true;
  });
});

test("a missing command is code 127", async () => {
  const { code } = await run("no-such-command-here", [], { output: "capture", check: false });
  assert.equal(code, 127);
});

test("the deadline kills the command and what it started", async (t) => {
  if (process.platform === "win32") return t.skip("process groups are a POSIX thing");
  const script = `
    const child = require("node:child_process").spawn("sleep", ["60"]);
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const start = performance.now();
  const result = await run(node, ["-e", script], {
    output: "capture",
    check: false,
    timeoutMs: 1_500,
  });
  assert.equal(result.timedOut, true);
  assert.notEqual(result.code, 0);
  assert.ok(performance.now() - start < 10_000);
  await assertGone(Number(result.output.trim()));
});

test("a signal reaches the children and becomes the exit code", async (t) => {
  if (process.platform === "win32") return t.skip("signals are a POSIX thing");
  const script = `
    import { run } from ${JSON.stringify(runModule)};
    try {
      await run("sh", ["-c", "echo $$; exec sleep 60"], { check: false });
    } catch (error) {
      console.log(error.message);
    }`;
  const parent = spawn(node, ["--input-type=module", "-e", script]);
  let output = "";
  parent.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  await once(parent.stdout, "data");
  const pid = Number(output.trim());
  parent.kill("SIGINT");
  const [code] = await once(parent, "close");
  assert.equal(code, 130);
  assert.match(output, /stopped by SIGINT/);
  await assertGone(pid);
});

test("a label stands before every line that is shown, not before what is kept", async () => {
  const script = `
    import { run } from ${JSON.stringify(runModule)};
    const printing = "process.stdout.write('one\\\\ntw'); setTimeout(() => console.log('o\\\\nend'), 50)";
    const { output } = await run(process.execPath, ["-e", printing], { output: "tee", label: "x" });
    console.log(JSON.stringify(output));`;
  const flags = ["--input-type=module", "-e", script];
  const { output } = await run(node, flags, { output: "capture" });
  assert.equal(output, `x | one\nx | two\nx | end\n${JSON.stringify("one\ntwo\nend\n")}\n`);
});

test("which finds executables only", () => {
  assert.ok(which("node"));
  assert.equal(which("no-such-command-here"), undefined);
});

/** An orphan disappears when init has reaped it, which takes a moment. */
async function assertGone(pid) {
  assert.ok(pid > 0);
  for (let attempt = 0; attempt < 100; attempt++) {
    if (!isAlive(pid)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`process ${pid} is still there`);
}
