/** A render's progress as data and as one line of text. */
import { Eta, type Pace, spanText } from "./eta.js";

/** One report of a render. */
export interface News {
  /** 0 to 100. */
  percent: number;
  /** What it does, for people. */
  stage: string;
  /** The stage's code, `capture` while frames are made. */
  code?: string | undefined;
  /** Frames made, and in all, while `code` is `capture`. */
  done?: number | undefined;
  total?: number | undefined;
}

/** What can be said of it. */
export interface View extends Partial<Pace> {
  percent: number;
  stage: string;
  framesRendered?: number;
  totalFrames?: number;
}

/** Turns the reports of one render into views. */
export class Meter {
  readonly #eta = new Eta();

  /** @param at milliseconds of a clock that does not go back */
  update({ percent, stage, code, done, total }: News, at: number): View {
    const view: View = { percent, stage };
    if (code !== "capture" || done === undefined || total === undefined) return view;
    return {
      ...view,
      framesRendered: done,
      totalFrames: total,
      ...this.#eta.update(at, done, total),
    };
  }
}

/** `██████░░`: percent of a hundred. */
export function bar(percent: number, cells: number): string {
  const filled = Math.max(0, Math.min(cells, Math.floor((percent / 100) * cells)));
  return `${"█".repeat(filled)}${"░".repeat(cells - filled)}`;
}

/** A view as text without a bar: `45 %  frame 81 of 180  17.2 frames/s  6 s left`. */
export function viewText(view: View): string {
  const { percent, stage, framesRendered, totalFrames, framesPerSecond, etaSeconds } = view;
  const parts = [
    `${String(Math.floor(percent)).padStart(3)} %`,
    framesRendered === undefined ? stage : `frame ${framesRendered} of ${totalFrames}`,
    ...(framesPerSecond === undefined ? [] : [`${rateText(framesPerSecond)} frames/s`]),
    ...(etaSeconds === undefined || etaSeconds <= 0 ? [] : [`${spanText(etaSeconds)} left`]),
    // What a render waits for, where it has told nothing for a while.
    ...(framesRendered === undefined ? [] : (/\((?:waits|works)\b.*\)$/.exec(stage) ?? [])),
  ];
  return parts.join("  ");
}

const rateText = (rate: number) => (rate >= 100 ? rate.toFixed(0) : rate.toFixed(1));
