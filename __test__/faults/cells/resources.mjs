/** Cells in which something of the system runs out, goes away or changes. */
import { error, FILE } from "../expected.mjs";

const DISK_FULL = error("DISK_FULL", /No space left on device|disk .*full/i);

/** @type {import("../cell.mjs").Cell[]} */
export const RESOURCE_CELLS = [
  { stage: "capture", fault: "disk of the target full", expect: [DISK_FULL], beside: true },
  { stage: "blend", fault: "disk of the target full", expect: [DISK_FULL] },
  { stage: "mux", fault: "disk of the target full", expect: [DISK_FULL], fast: true },
  { stage: "publish", fault: "disk of the target full", expect: [FILE] },
  { stage: "compile", fault: "disk of the work folders full", expect: [DISK_FULL] },
  { stage: "launch", fault: "disk of the work folders full", expect: [FILE, DISK_FULL] },
  { stage: "capture", fault: "disk of the work folders full", expect: [FILE], beside: true },
  { stage: "decode", fault: "disk of the work folders full", expect: [FILE] },
  { stage: "compile", fault: "disk of the caches full", expect: [FILE] },
  { stage: "decode", fault: "disk of the caches full", expect: [FILE], beside: true },
  { stage: "launch", fault: "/dev/shm full", expect: [FILE] },
  { stage: "ready", fault: "/dev/shm full", expect: [FILE] },
  { stage: "capture", fault: "/dev/shm full", expect: [FILE], beside: true },
  { stage: "decode", fault: "/dev/shm full", expect: [FILE] },

  ...["capture", "mux", "publish"].map((stage) => ({
    stage,
    fault: "target folder removed",
    expect: [error("OUTPUT", /folder/)],
    fast: stage === "mux",
    beside: stage === "capture",
  })),
  { stage: "capture", fault: "target folder moved away", expect: [error("OUTPUT", /folder/)] },
  { stage: "publish", fault: "target becomes a folder", expect: [error("OUTPUT", /folder/)] },

  {
    stage: "launch",
    fault: "no file descriptor left",
    expect: [error("IO", /Too many open files/)],
  },
  {
    stage: "capture",
    fault: "no file descriptor left",
    expect: [FILE, error("IO", /Too many open files/)],
  },
  {
    stage: "decode",
    fault: "no file descriptor left",
    expect: [FILE, error("IO", /Too many open files/)],
  },
  { stage: "mux", fault: "no file descriptor left", expect: [error("IO", /Too many open files/)] },
  {
    stage: "launch",
    fault: "no process id left",
    expect: [error("BROWSER_LAUNCH", /Resource temporarily/)],
  },
  { stage: "capture", fault: "no process id left", expect: [FILE], beside: true },
  { stage: "decode", fault: "no process id left", expect: [FILE] },
  { stage: "mux", fault: "no process id left", expect: [error("ENCODE", /Resource temporarily/)] },
  { stage: "launch", fault: "no address space left", expect: [FILE] },
  { stage: "capture", fault: "no address space left", expect: [FILE] },
  { stage: "launch", fault: "no memory left", expect: [FILE] },
  { stage: "capture", fault: "no memory left", expect: [FILE] },

  ...["ready", "capture", "decode"].flatMap((stage) =>
    ["clock an hour ahead", "clock an hour back"].map((fault) => ({
      stage,
      fault,
      expect: [FILE],
    })),
  ),
];
