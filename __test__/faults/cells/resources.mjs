/** Cells in which something of the system runs out, goes away or changes. */
import { error, FILE } from "../expected.mjs";

const NO_DESCRIPTORS = error("IO", /Too many open files/);
/** Of a browser, or of ffmpeg: the system has no process or no memory for it. */
const NO_PROCESS = /Resource temporarily|Cannot fork|Cannot allocate|unshare|out of memory/i;
const NO_BROWSER = error("BROWSER_LAUNCH", NO_PROCESS);
const NO_MEMORY = error("MEMORY", /memory ran out/);
const GONE = error("OUTPUT", /folder .* was removed or moved away/);
const DISK_FULL = error("DISK_FULL", /No space left on device|disk .*full/i);

/** @type {import("../cell.mjs").Cell[]} */
export const RESOURCE_CELLS = [
  { stage: "capture", fault: "disk of the target full", expect: [DISK_FULL] },
  { stage: "blend", fault: "disk of the target full", expect: [DISK_FULL] },
  { stage: "mux", fault: "disk of the target full", expect: [DISK_FULL], fast: true },
  { stage: "publish", fault: "disk of the target full", expect: [FILE] },
  { stage: "compile", fault: "disk of the work folders full", expect: [FILE, DISK_FULL] },
  { stage: "launch", fault: "disk of the work folders full", expect: [FILE, DISK_FULL] },
  { stage: "capture", fault: "disk of the work folders full", expect: [FILE] },
  { stage: "decode", fault: "disk of the work folders full", expect: [FILE] },
  { stage: "compile", fault: "disk of the caches full", expect: [FILE] },
  { stage: "decode", fault: "disk of the caches full", expect: [FILE], beside: true },
  { stage: "launch", fault: "/dev/shm full", expect: [FILE] },
  { stage: "ready", fault: "/dev/shm full", expect: [FILE] },
  { stage: "capture", fault: "/dev/shm full", expect: [FILE], beside: true },
  { stage: "decode", fault: "/dev/shm full", expect: [FILE] },

  { stage: "capture", fault: "target folder removed", expect: [GONE], beside: true },
  { stage: "mux", fault: "target folder removed", expect: [GONE], fast: true },
  { stage: "publish", fault: "target folder removed", expect: [GONE] },
  { stage: "capture", fault: "target folder moved away", expect: [GONE] },
  {
    stage: "publish",
    fault: "target becomes a folder",
    expect: [error("OUTPUT", /cannot be replaced: Is a directory/)],
    fast: true,
  },

  { stage: "launch", fault: "no file descriptor left", expect: [FILE, NO_DESCRIPTORS] },
  { stage: "capture", fault: "no file descriptor left", expect: [FILE, NO_DESCRIPTORS] },
  { stage: "decode", fault: "no file descriptor left", expect: [FILE, NO_DESCRIPTORS] },
  { stage: "mux", fault: "no file descriptor left", expect: [FILE, NO_DESCRIPTORS] },
  { stage: "launch", fault: "no process id left", expect: [NO_BROWSER] },
  { stage: "capture", fault: "no process id left", expect: [FILE], beside: true },
  { stage: "decode", fault: "no process id left", expect: [FILE] },
  { stage: "mux", fault: "no process id left", expect: [error("ENCODE", NO_PROCESS)], fast: true },
  { stage: "ready", fault: "next to no address space left", expect: [FILE, NO_BROWSER] },
  { stage: "capture", fault: "next to no address space left", expect: [FILE] },
  { stage: "ready", fault: "no memory left", expect: [FILE, NO_BROWSER, NO_MEMORY] },
  { stage: "capture", fault: "no memory left", expect: [FILE, NO_BROWSER, NO_MEMORY] },

  ...["ready", "capture", "decode"].flatMap((stage) =>
    ["clock an hour ahead", "clock an hour back"].map((fault) => ({
      stage,
      fault,
      expect: [FILE],
    })),
  ),
];
