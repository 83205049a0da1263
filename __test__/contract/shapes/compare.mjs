/** Both engines under one version of the CLI, and how what they told differs. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reasonOf } from "./accepted.mjs";
import { writeProjects } from "./projects.mjs";
import { SCENARIOS } from "./scenarios.mjs";
import { differences, shapeOf } from "./shape.mjs";

/** What has to be equal, not only alike. */
const VALUES = [
  "exit",
  "outcomes",
  "warnings",
  "thrownNames",
  "statuses",
  "stages",
  "messages",
  "phases",
  "falls",
  "output",
  "left",
  "debug",
  "files",
  "end",
  "removed",
  "after",
  "file",
];
/** What is looked at only by value, or belongs to the machine. */
const NOT_SHAPES = new Set([...VALUES, "stderr", "reasons"]);

/**
 * Runs a scenario with both engines.
 *
 * @returns `{ reasons, faults, accepted, more }`: why the HyperFrames engine rendered, differences
 *   without a reason, with one, and how much this engine tells beyond the reference
 */
export async function compareScenario(version, name) {
  const dir = mkdtempSync(join(tmpdir(), "shapes-"));
  try {
    const projects = writeProjects(dir);
    const told = {};
    for (const engine of ["reference", "native"]) {
      const home = join(dir, engine);
      mkdirSync(home);
      const facts = await SCENARIOS[name]({ version, engine, projects, home });
      told[engine] = JSON.parse(JSON.stringify(facts));
    }
    return { ...differ(told.reference, told.native, version), reasons: told.native.reasons, told };
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function differ(theirs, ours, version) {
  const result = { faults: [], accepted: [], more: 0 };
  const add = (difference) => {
    const why = reasonOf(difference, version);
    if (why === undefined) result.faults.push(difference);
    else result.accepted.push({ ...difference, why });
  };
  for (const value of VALUES) {
    const [a, b] = [JSON.stringify(theirs[value]), JSON.stringify(ours[value])];
    if (a !== b) add({ value, path: value, theirs: a ?? "-", ours: b ?? "-" });
  }
  const shape = (facts) =>
    shapeOf(Object.fromEntries(Object.entries(facts).filter(([key]) => !NOT_SHAPES.has(key))));
  for (const difference of differences(shape(theirs), shape(ours))) {
    if (difference.theirs === "-") result.more += 1;
    else add(difference);
  }
  return result;
}
