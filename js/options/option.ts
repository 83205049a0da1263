/** How this engine treats one option of upstream. */
import type { Check } from "../base/checks.js";

/** Where an option comes from. */
export type OptionKind = "setting" | "field" | "variable" | "flag";

/**
 * What setting an option does here:
 * - `honoured`: what it does with the HyperFrames engine;
 * - `handed on`: the HyperFrames engine renders, and honours it;
 * - `without effect`: nothing, and the render names it in one line of its log;
 * - `not of a render`: it belongs to the CLI or to the server, or upstream sets it for itself.
 */
export type Treatment = "honoured" | "handed on" | "without effect" | "not of a render";

/** One option of upstream. */
export interface Option {
  kind: OptionKind;
  /** As it is written: `coresPerWorker`, `HF_STATIC_DEDUP`, `--workers`. */
  name: string;
  treatment: Treatment;
  /** What it does here; for one without effect, why that is and what to use instead. */
  note: string;
  /** Of a variable or flag: the setting or field that it sets, which is the one to be named. */
  sets?: string;
  /** Of a variable: what it must hold, once it is read as a number. */
  number?: Check;
  /** Of a variable: the words that it may hold, and what upstream reads any other one as. */
  words?: { known: readonly string[]; otherwise: string; anyCase?: boolean };
}

type Rest = Partial<Pick<Option, "sets" | "number" | "words">>;
type Row = readonly [name: string, treatment: Treatment, note: string, rest?: Rest];

/** Options of one kind. */
export function options(kind: OptionKind, rows: readonly Row[]): Option[] {
  return rows.map(([name, treatment, note, rest]) => ({ kind, name, treatment, note, ...rest }));
}
