/** Telling this process of renders that have finished: `--explain=time` shows what their time went into. */
import type { PerfSummary } from "../base/types.js";

/** A render that has finished. */
export interface FinishedRender {
  outputPath: string;
  /** `cli` is the HyperFrames engine. */
  engine: "native" | "cli";
  perfSummary?: PerfSummary | undefined;
}

const RECEIVER = Symbol.for("@hyperframes/producer-native/finished");
const shared = globalThis as { [RECEIVER]?: ((render: FinishedRender) => void) | undefined };

/** Has all following renders of this process told. */
export function onFinished(receiver: ((render: FinishedRender) => void) | undefined): void {
  shared[RECEIVER] = receiver;
}

/** Tells of one. */
export function tellFinished(render: FinishedRender): void {
  shared[RECEIVER]?.(render);
}
