/** What `--explain` prints instead of rendering. */
import type { CompiledComposition } from "../wire/generated.js";
import type { RouteReason } from "./route.js";

/** The engine that would render, and its plan. */
export interface Explanation {
  route: "native" | "cli";
  /** Why the HyperFrames engine would render; empty on the native route. */
  reasons: RouteReason[];
  producer: { package: string; version: string };
  composition?: Pick<CompiledComposition, "entryFile" | "width" | "height" | "staticDuration">;
  /** The native core's plan: lane, workers and what bounds them, memory budget, encoder line. */
  plan?: Record<string, unknown>;
}

/** Receiver of explanations. */
export interface ExplainRequest {
  /** May end the process instead of returning. */
  deliver(explanation: Explanation): void | Promise<void>;
}

const REQUEST = Symbol.for("@hyperframes/producer-native/explain");
const shared = globalThis as { [REQUEST]?: ExplainRequest | undefined };

/** Makes all following jobs of this process explain their plan instead of rendering. */
export function requestExplanation(request: ExplainRequest | undefined): void {
  shared[REQUEST] = request;
}

/** The current request, if any. */
export function explainRequest(): ExplainRequest | undefined {
  return shared[REQUEST];
}

/** An explanation as text. */
export function explanationText(explanation: Explanation): string {
  const { composition, plan } = explanation;
  const { package: name, version } = explanation.producer;
  const lines = [`engine: ${explanation.route === "native" ? "native" : "HyperFrames"}`];
  for (const reason of explanation.reasons) {
    lines.push(`  because of ${reason.message} (${reason.code})`);
  }
  lines.push(`compiled by: ${name} ${version}`);
  if (composition) {
    const seconds = composition.staticDuration > 0 ? `${composition.staticDuration} s` : "by probe";
    lines.push(
      `composition: ${composition.entryFile}, ${composition.width}x${composition.height}, ${seconds}`,
    );
  }
  for (const [key, value] of Object.entries(plan ?? {})) lines.push(...planLines(key, value, ""));
  return `${lines.join("\n")}\n`;
}

function planLines(key: string, value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${indent}${key}: none`];
    const scalars = value.every((item) => typeof item !== "object");
    if (scalars) return [`${indent}${key}: ${value.join(" ")}`];
    return [`${indent}${key}:`, ...value.map((item) => `${indent}  ${JSON.stringify(item)}`)];
  }
  if (typeof value === "object" && value !== null) {
    const inner = Object.entries(value).flatMap(([k, v]) => planLines(k, v, `${indent}  `));
    return [`${indent}${key}:`, ...inner];
  }
  return [`${indent}${key}: ${String(value)}`];
}
