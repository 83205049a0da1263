import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { DiskWrites, writtenBytes } from "../../dist/bench/disk-writes.js";
import { descendants } from "../../dist/bench/process-tree.js";
import { repoRoot } from "../../scripts/materialize.mjs";

const MIB = 2 ** 20;
const skip = writtenBytes("self") === undefined && "the kernel gives no account of writes";

/** Runs a shell command in a folder on a disk, sampling its tree. */
async function account(command) {
  const cache = path.join(repoRoot, ".cache");
  await mkdir(cache, { recursive: true });
  // Not a temporary folder of the system: that may be in memory, where nothing is written.
  const dir = await mkdtemp(path.join(cache, "disk-writes-"));
  try {
    const writes = new DiskWrites();
    const child = spawn("sh", ["-c", command], { cwd: dir, stdio: "ignore", timeout: 20_000 });
    const alive = new Set([child.pid]);
    const timer = setInterval(() => {
      const tree = descendants(alive);
      for (const { pid } of tree) alive.add(pid);
      writes.look(tree);
    }, 20);
    const [code] = await once(child, "close");
    clearInterval(timer);
    assert.equal(code, 0);
    return writes.total();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const write = (name, mib) => `dd if=/dev/zero of=${name} bs=1048576 count=${mib} 2>&1`;
const about = (bytes, mib) =>
  assert.ok(Math.abs(bytes - mib * MIB) < MIB, `${(bytes / MIB).toFixed(2)} MiB, not ${mib}`);

test("what children and their children wrote is counted once, deleted or not", {
  skip,
}, async () => {
  about(await account(`${write("a", 6)}; (${write("b", 3)}; rm b); wait`), 9);
});

test("a process that outlives its parent is counted", { skip }, async () => {
  // The parent stays long enough for the child to be seen below it.
  const orphan = `(sh -c '${write("c", 5)}; sleep 3' & sleep 1); sleep 4`;
  about(await account(orphan), 5);
});

test("pipes are not disks", { skip }, async () => {
  about(await account("dd if=/dev/zero bs=1048576 count=8 | cat > /dev/null"), 0);
});
