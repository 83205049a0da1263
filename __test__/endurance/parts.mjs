/**
 * What is proven about memory and endurance, by name.
 *
 * @typedef {object} Part
 * @property {string} title
 * @property {string} about what is done and what is asserted, Markdown
 * @property {string | undefined} [lacks] why this machine cannot run it
 * @property {(tools: { log: (line: string) => void }) => Promise<{ problems: string[] }>} run
 * @property {(result: any) => string[]} tables lines of Markdown
 * @property {(result: any) => Record<string, string>} [charts] pictures as SVG, by name of their file
 */
import { cancels } from "./parts/cancels.mjs";
import { deadlocks } from "./parts/deadlocks.mjs";
import { jobs } from "./parts/jobs.mjs";
import { leaks } from "./parts/leaks.mjs";
import { limits } from "./parts/limits.mjs";
import { soak } from "./parts/soak.mjs";
import { threads } from "./parts/threads.mjs";

/** @type {Record<string, Part>} */
export const PARTS = { limits, leaks, jobs, deadlocks, cancels, threads, soak };
