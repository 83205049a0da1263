/** Cells in which the browser or the page does something that a composition should not. */
import { error, FILE } from "../expected.mjs";

/** @type {import("../cell.mjs").Cell[]} */
export const PAGE_CELLS = [
  {
    stage: "launch",
    fault: "a browser that answers nothing",
    expect: [error("BROWSER_LAUNCH", /Failed to launch the browser process/)],
    beside: true,
  },
  { stage: "ready", fault: "page throws at load", expect: [FILE] },
  { stage: "capture", fault: "page throws at a seek", expect: [FILE] },
  {
    stage: "ready",
    fault: "page loops for ever at load",
    expect: [error("NAVIGATION", /timeout/)],
  },
  {
    stage: "capture",
    fault: "page loops for ever at a seek",
    expect: [error("PROTOCOL_TIMEOUT", /frame \d+.*timed out/s)],
    beside: true,
  },
  {
    stage: "capture",
    fault: "page loops for ever in a timer",
    expect: [error("PROTOCOL_TIMEOUT", /frame \d+.*timed out/s)],
  },
  {
    stage: "capture",
    fault: "page allocates without end",
    expect: [error("BROWSER_CRASHED", /crashed/), error("PROTOCOL_TIMEOUT", /timed out/)],
    beside: true,
  },
  {
    stage: "capture",
    fault: "page makes nodes without end",
    expect: [error("BROWSER_CRASHED", /crashed/), error("PROTOCOL_TIMEOUT", /timed out/)],
  },
  { stage: "ready", fault: "page logs for ever from its load", expect: [FILE] },
  { stage: "capture", fault: "page logs for ever", expect: [FILE], beside: true },
  {
    stage: "capture",
    fault: "page logs more than can be read",
    expect: [FILE],
  },
  {
    stage: "capture",
    fault: "page navigates away",
    expect: [error("NAVIGATION", /the page left the composition for about:blank/)],
    beside: true,
  },
  {
    stage: "capture",
    fault: "page reloads itself",
    expect: [error("NAVIGATION", /the page left the composition for http:.*location\.reload/)],
  },
  { stage: "capture", fault: "page opens dialogs", expect: [FILE], fast: true },
  { stage: "ready", fault: "page opens dialogs at load", expect: [FILE], beside: true },
  { stage: "capture", fault: "page asks before it is left", expect: [FILE] },
  { stage: "capture", fault: "page closes itself", expect: [FILE], fast: true },
  { stage: "capture", fault: "page opens windows", expect: [FILE] },
];
