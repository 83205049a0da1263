/** Medians and ratios of measured rounds. */
import type { ByKind } from "./tree-sampler.js";

/** The two engines that are compared; `upstream` is the HyperFrames engine. */
export type EngineName = "native" | "upstream";

/** What of a measurement is summed up; fields that are missing or 0 were not measured. */
export interface Figures {
  wallSeconds?: number | undefined;
  cpuSeconds?: number | undefined;
  peakBytes?: number | undefined;
  writtenBytes?: number | undefined;
  firstFrameSeconds?: number | undefined;
  scriptSeconds?: number | undefined;
  outputBytes?: number | undefined;
  /** Of the Node processes, at any moment. */
  nodePeakBytes?: number | undefined;
  cpuByKind?: ByKind | undefined;
  peakByKind?: ByKind | undefined;
}

/** One render of each engine; one of them may be missing. */
export type Round = Partial<Record<EngineName, Figures | undefined>>;

/** Medians of both engines. */
export interface Row {
  native?: number;
  upstream?: number;
  /** The median of upstream / native of each round: above 1 the native engine needs less. */
  ratio?: number;
}

/** Medians by field, and by `field.kind` for parts. */
export type Summary = Record<string, Row>;

const FIELDS = [
  "wallSeconds",
  "cpuSeconds",
  "peakBytes",
  "writtenBytes",
  "firstFrameSeconds",
  "scriptSeconds",
  "outputBytes",
  "nodePeakBytes",
] as const;

/** Figures that have parts by kind of process. */
const PARTS = ["cpuByKind", "peakByKind"] as const;

const ENGINES = ["native", "upstream"] as const;

/** @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below = 0, above = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 ? above : (below + above) / 2;
}

/** All figures of a measurement as one flat list of numbers: `cpuByKind.chrome`. */
function flat(measurement: Figures): Record<string, number | undefined> {
  const figures: Record<string, number | undefined> = {};
  for (const field of FIELDS) figures[field] = measurement[field];
  for (const field of PARTS) {
    for (const [kind, value] of Object.entries(measurement[field] ?? {})) {
      figures[`${field}.${kind}`] = value;
    }
  }
  return figures;
}

/** Compares the rounds of both engines. */
export function summarize(rounds: readonly Round[]): Summary {
  const all = rounds.map(({ native, upstream }) => ({
    native: native && flat(native),
    upstream: upstream && flat(upstream),
  }));
  const fields = new Set(
    all.flatMap(({ native, upstream }) => Object.keys({ ...upstream, ...native })),
  );
  const summary: Summary = {};
  for (const field of fields) {
    const row: Row = {};
    for (const engine of ENGINES) {
      const values = all.map((round) => round[engine]?.[field] ?? 0).filter((value) => value > 0);
      if (values.length) row[engine] = median(values);
    }
    const ratios = all.flatMap(({ native, upstream }) => {
      const [ours, theirs] = [native?.[field] ?? 0, upstream?.[field] ?? 0];
      return ours > 0 && theirs > 0 ? [theirs / ours] : [];
    });
    if (ratios.length) row.ratio = median(ratios);
    if (Object.keys(row).length) summary[field] = row;
  }
  return summary;
}
