/** Cells in which Node itself is killed, told to end, or busy. */
import { BY_SIGNAL, CANCELLED, FILE } from "../expected.mjs";
import { STAGES } from "../stages.mjs";

/** The same fault in several stages. */
const inStages = (stages, fault, expect, { fast = [], beside = [] } = {}) =>
  stages.map((stage) => ({
    stage,
    fault,
    expect: [expect],
    fast: fast.includes(stage),
    beside: beside.includes(stage),
  }));

const ALL = Object.keys(STAGES);
const LATE = ["probe", "blend", "mux", "publish"];

/** @type {import("../cell.mjs").Cell[]} */
export const NODE_CELLS = [
  ...inStages(ALL, "kill -9 of Node", BY_SIGNAL, {
    fast: ["ready", ...LATE],
    beside: ["decode", "capture"],
  }),
  ...inStages(ALL, "cancel", CANCELLED, { fast: LATE }),
  ...inStages(ALL, "SIGTERM", CANCELLED, { fast: ["probe", "mux"], beside: ["decode"] }),
  ...inStages(
    ["launch", "ready", "decode", "capture", "blend"],
    "event loop blocked for 10 s",
    FILE,
    { fast: ["ready"] },
  ),
];
