/** `hyperframes-native doctor`: what renders need on this machine, what is there, and what to do. */

import { packageVersion } from "../base/packages.js";
import { type Paint, painter } from "../base/paint.js";
import type { Finding } from "./finding.js";
import { disks, fonts, power, sharedMemory } from "./machine.js";
import { packages } from "./packages.js";
import { tools } from "./tools.js";
import { trial } from "./trial.js";

export type { Finding, State } from "./finding.js";

/** Everything that the doctor found. */
export interface Diagnosis {
  version: string;
  findings: Finding[];
  /** Whether nothing is `bad`. */
  healthy: boolean;
}

/**
 * Looks at everything. Takes some seconds, for a small render.
 *
 * @param cwd where a project would be, from which packages are looked for
 */
export async function diagnose(
  cwd: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<Diagnosis> {
  const found = await packages(cwd, env);
  const rest = await Promise.all([tools(env), fonts()]);
  const findings = [...found, ...rest.flat(), ...power(), ...sharedMemory(), ...disks(cwd)];
  // Without the addon, the line that says so is enough.
  const canTry = !findings.some(({ state, name }) => state === "bad" && NEEDED.has(name));
  if (canTry) findings.push(...(await trial()));
  const healthy = findings.every(({ state }) => state !== "bad");
  return { version: packageVersion(), findings, healthy };
}

const NEEDED = new Set(["native addon", "HyperFrames", "ffmpeg", "ffprobe"]);

const MARKS = { ok: ["✓", "green"], note: ["!", "yellow"], bad: ["✗", "red"] } as const;

/** A diagnosis as text, for a terminal of any width. */
export function diagnosisText(
  { version, findings, healthy }: Diagnosis,
  paint: Paint = painter(false),
): string {
  const line = ({ name, state, text, fix }: Finding) => {
    const [mark, colour] = MARKS[state];
    const first = `  ${paint(colour, mark)} ${paint("bold", `${name}:`)} ${text}`;
    return [first, ...(fix ? [paint("dim", `      ${fix}`)] : [])].join("\n");
  };
  const summary = healthy
    ? "Renders work here."
    : "Renders, or some of them, do not work here: see the lines with ✗.";
  const end = paint(healthy ? "green" : "red", summary);
  return [`hyperframes-native ${version}`, ...findings.map(line), end, ""].join("\n");
}
