/** What the doctor finds out, one line each. */

/** `bad` stops renders or makes them wrong; `note` makes them slower or narrower. */
export type State = "ok" | "note" | "bad";

/** One line of the doctor's. */
export interface Finding {
  /** The same in every version: programs may look for it. */
  name: string;
  state: State;
  /** What was found. */
  text: string;
  /** What to do about it, for all but `ok`. */
  fix?: string;
}

/** All is well. */
export const ok = (name: string, text: string): Finding => ({ name, state: "ok", text });

/** Renders work, but not as well as they could. */
export const note = (name: string, text: string, fix: string): Finding => ({
  name,
  state: "note",
  text,
  fix,
});

/** Renders, or some of them, fail. */
export const bad = (name: string, text: string, fix: string): Finding => ({
  name,
  state: "bad",
  text,
  fix,
});
