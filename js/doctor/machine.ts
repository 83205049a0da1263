/** Processors, memory, disks and fonts of this machine. */
import { statfsSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { run } from "./command.js";
import { bad, type Finding, note, ok } from "./finding.js";

const MIB = 1024 ** 2;
/** Below that, one worker of a 1080p page and its encoder do not fit. */
const LEAST_MEMORY_MIB = 2048;
/** A few minutes of video, its sound and the pages' own files. */
const LEAST_DISK_MIB = 2048;

/** Processors and memory that renders may use. */
export function power(): Finding[] {
  const cores = availableParallelism();
  const constrained = process.constrainedMemory();
  const total = totalmem();
  // Without a limit it is 0, or larger than any machine.
  const limit = constrained > 0 && constrained < total ? constrained : total;
  const mib = Math.round(limit / MIB);
  const text = `${mib} MiB${limit < total ? `, the limit of this container (of ${Math.round(total / MIB)} MiB)` : ""}`;
  return [
    cores > 1
      ? ok("processors", `${cores}`)
      : note("processors", "1", "Give it two: capture and encoder then run at the same time."),
    mib >= LEAST_MEMORY_MIB
      ? ok("memory", text)
      : note("memory", text, `Give it ${LEAST_MEMORY_MIB} MiB or more; a 4K page takes 4096.`),
  ];
}

/** Room in the folders that renders write to. */
export function disks(cwd: string): Finding[] {
  const places = new Map([
    ["temporary files", tmpdir()],
    ["this folder", cwd],
  ]);
  return [...places].map(([name, path]) => {
    const free = freeMib(path);
    if (free === undefined) return bad(name, `${path} cannot be read`, "Set TMPDIR to a folder.");
    const text = `${free} MiB free in ${path}`;
    if (free >= LEAST_DISK_MIB) return ok(name, text);
    return note(name, text, "Make room, or set TMPDIR to a folder on a larger disk.");
  });
}

/** Linux' shared memory, which containers make small: Chrome is told not to use it. */
export function sharedMemory(): Finding[] {
  const free = freeMib("/dev/shm");
  if (process.platform !== "linux" || free === undefined) return [];
  return [ok("/dev/shm", `${free} MiB free; renders do not need it`)];
}

/** Fonts of the system: what a page names and does not bring along is drawn with them. */
export async function fonts(): Promise<Finding[]> {
  if (process.platform !== "linux") return [];
  const listed = await run("fc-list", [":", "family"]);
  const fix = "Install some, e.g. apt-get install fonts-liberation fonts-noto-color-emoji.";
  if (listed === undefined) {
    return [note("fonts", "fc-list is not there to count them", `${fix} fontconfig has fc-list.`)];
  }
  const families = new Set(listed.split("\n").filter(Boolean));
  if (families.size === 0) return [bad("fonts", "none: text is drawn as boxes", fix)];
  const emoji = [...families].some((family) => /emoji/i.test(family));
  const text = `${families.size} families`;
  return [emoji ? ok("fonts", text) : note("fonts", `${text}, none of them for emoji`, fix)];
}

function freeMib(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return Math.floor((bavail * bsize) / MIB);
  } catch {
    return undefined;
  }
}
