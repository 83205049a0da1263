/** How fast frames come, and how long the rest of them will take. */

/** Nothing is said before that: the first frames of a page are slower than the others. */
const FIRST_MS = 1500;
const FIRST_FRAMES = 5;
/** The latest frames count more: those of this part of the time so far, and of at least so many ms. */
const RECENT_PART = 0.25;
/** How much those count. */
const RECENT_WEIGHT = 0.6;
const RECENT_MS = 3000;
/** A step this many times slower than most of them counts as that slow and no slower. */
const STANDSTILL = 5;
/** So many of the latest steps say what is usual now. */
const LATEST_STEPS = 7;
/** Marks that are kept: of twice as many, every other one. */
const MOST_MARKS = 600;
/** How fast what is shown comes nearer to what was calculated last: by this part of what is left. */
const SETTLE_PART = 0.35;
const SETTLE_MS = { least: 500, most: 4000 };

/** Frames done at a time. */
interface Mark {
  at: number;
  done: number;
}

/** What is known of the rest. */
export interface Pace {
  /** Of the last seconds and of all together. */
  framesPerSecond: number;
  /** Seconds until the last frame. */
  etaSeconds: number;
}

/**
 * Follows the number of finished frames. The time that is left counts down with the clock, and is
 * corrected a little at a time, so that it does not jump where some frames are slower than others.
 */
export class Eta {
  #marks: Mark[] = [];
  #shown: { at: number; ms: number } | undefined;

  /**
   * @param at milliseconds of any clock that does not go back
   * @param total frames in all
   * @returns undefined while too little is known
   */
  update(at: number, done: number, total: number): Pace | undefined {
    const last = this.#marks.at(-1);
    // Fewer than before: the render has begun again, with another lane.
    if (last && done < last.done) this.reset();
    if (!last || done !== last.done) this.#marks.push({ at, done });
    if (this.#marks.length > MOST_MARKS)
      this.#marks = this.#marks.filter((_, nth) => nth % 2 === 0);
    const first = this.#marks[0];
    const latest = this.#marks.at(-1);
    if (!first || !latest) return undefined;
    const elapsed = latest.at - first.at;
    if (elapsed < FIRST_MS || latest.done - first.done < FIRST_FRAMES) return undefined;
    const steps = stepsOf(this.#marks);
    const all = msPerFrameOf(steps);
    const recent = msPerFrameOf(lately(steps));
    const msPerFrame = recent * RECENT_WEIGHT + all * (1 - RECENT_WEIGHT);
    const left = Math.max(0, total - done) * msPerFrame;
    const framesPerSecond = 1000 / msPerFrame;
    return { framesPerSecond, etaSeconds: this.#settle(at, left) / 1000 };
  }

  /** Forgets everything. */
  reset(): void {
    this.#marks = [];
    this.#shown = undefined;
  }

  #settle(at: number, left: number): number {
    const before = this.#shown;
    const passed = before ? at - before.at : 0;
    const expected = before ? Math.max(0, before.ms - passed) : left;
    const slow = Math.min(SETTLE_MS.most, Math.max(SETTLE_MS.least, left * SETTLE_PART));
    const ms = left === 0 ? 0 : expected + (left - expected) * (1 - Math.exp(-passed / slow));
    this.#shown = { at, ms };
    return ms;
  }
}

/** What came between two marks. */
interface Step {
  ms: number;
  frames: number;
}

/**
 * The steps between marks. One that took far longer than most, because the machine stood still, counts
 * as a slow one: it says nothing of the frames to come.
 */
function stepsOf(marks: readonly Mark[]): Step[] {
  const steps = marks.slice(1).map(({ at, done }, nth) => {
    const before = marks[nth] ?? { at, done };
    return { ms: at - before.at, frames: Math.max(1, done - before.done) };
  });
  // Frames that have become slow for good are no standstill.
  const usual = Math.max(middleOf(steps), middleOf(steps.slice(-LATEST_STEPS)));
  const most = usual * STANDSTILL;
  return steps.map((step) => ({ ...step, ms: Math.min(step.ms, most * step.frames) }));
}

/** Milliseconds a frame of the step in the middle. */
function middleOf(steps: readonly Step[]): number {
  const paces = steps.map(({ ms, frames }) => ms / frames).sort((a, b) => a - b);
  return paces[paces.length >> 1] ?? 0;
}

/** The last steps that together took the recent part of the time. */
function lately(steps: readonly Step[]): readonly Step[] {
  const all = steps.reduce((sum, { ms }) => sum + ms, 0);
  const wanted = Math.max(RECENT_MS, all * RECENT_PART);
  let [from, sum] = [steps.length, 0];
  while (from > 0 && sum < wanted) {
    from -= 1;
    sum += steps[from]?.ms ?? 0;
  }
  return steps.slice(from);
}

function msPerFrameOf(steps: readonly Step[]): number {
  const frames = steps.reduce((sum, step) => sum + step.frames, 0);
  return steps.reduce((sum, step) => sum + step.ms, 0) / Math.max(1, frames);
}

/** A length of time as people say it: `8 s`, `2 min 5 s`, `1 h 10 min`. */
export function spanText(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  // Nobody counts single seconds of minutes.
  const rounded = seconds < 595 ? Math.round(seconds / 5) * 5 : Math.round(seconds / 60) * 60;
  const [hours, minutes, rest] = [
    Math.floor(rounded / 3600),
    Math.floor((rounded % 3600) / 60),
    rounded % 60,
  ];
  const parts = [
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(rest > 0 ? [`${rest} s`] : []),
  ];
  return parts.join(" ");
}
