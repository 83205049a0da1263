/** The fingerprint of a plan's files (docs/upstream.md#plans). */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DOCUMENT, ENCODER_FILE, PLAN_FILE, type PlanJson } from "./plan-files.js";
import { PLAN_HASH_SCHEMA } from "./plan-protocol.js";

/** What the fingerprint has in another form than its digest, or not at all. */
const APART = new Set([PLAN_FILE, ENCODER_FILE, DOCUMENT]);

/**
 * The fingerprint that `plan.json` must hold.
 *
 * @param plan what `plan.json` says of its render
 */
export async function planHashOf(planDir: string, plan: PlanJson): Promise<string> {
  const hash = createHash("sha256");
  const add = (field: string | Buffer) => hash.update(field).update("\0");
  add(PLAN_HASH_SCHEMA);
  add(await readFile(join(planDir, DOCUMENT)));
  for (const path of await filesOf(planDir)) {
    if (APART.has(path)) continue;
    add(path);
    add(await fileDigest(join(planDir, path)));
  }
  add(plan.fontSnapshotSha);
  add(await readFile(join(planDir, ENCODER_FILE)));
  add(plan.producerVersion);
  add(plan.ffmpegVersion);
  const { fpsNum, fpsDen, width, height, format } = plan.dimensions;
  hash.update(`${fpsNum}/${fpsDen}x${width}x${height}x${format}`);
  return hash.digest("hex");
}

/** SHA-256 of a file, in hexadecimal. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part);
  return hash.digest("hex");
}

/** Paths of a folder's files with forward slashes, in the order of their code units. */
async function filesOf(dir: string): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (within: string) => {
    for (const entry of await readdir(join(dir, within), { withFileTypes: true })) {
      const path = within === "" ? entry.name : `${within}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) paths.push(path);
    }
  };
  await walk("");
  return paths.sort((a, b) => (a < b ? -1 : 1));
}
