/** Runs steps beside each other where they allow it. */

/**
 * @typedef {object} Scheduled
 * @property {string} name
 * @property {string[]} [after] names of steps that have to have ended before, however they ended;
 *   those that are not in the list do not count
 * @property {boolean} [alone] whether nothing else may run beside it
 */

/**
 * Runs every step once. Of those that may start, the first of the list does.
 *
 * @template {Scheduled} S
 * @template R
 * @param {S[]} steps
 * @param {number} width how many may run at a time
 * @param {(step: S) => Promise<R>} runStep
 * @returns {Promise<R[]>} in the order of the list
 * @throws what `runStep` throws first; nothing is started after that, what runs is waited for
 */
export async function runScheduled(steps, width, runStep) {
  const results = new Map();
  const waiting = [...steps];
  /** @type {Map<S, Promise<void>>} */
  const running = new Map();
  let failure;
  const start = (step) => {
    waiting.splice(waiting.indexOf(step), 1);
    const ended = runStep(step)
      .then((result) => results.set(step, result))
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => running.delete(step));
    running.set(step, ended);
  };
  for (;;) {
    const step = failure ? undefined : nextStep(waiting, [...running.keys()], width);
    if (step) start(step);
    else if (running.size > 0) await Promise.race(running.values());
    else if (failure) throw failure.error;
    else if (waiting.length > 0) throw new Error(`steps wait for each other: ${names(waiting)}`);
    else return steps.map((each) => results.get(each));
  }
}

/** The first step that may start beside what runs. */
function nextStep(waiting, running, width) {
  if (running.length >= width || running.some(({ alone }) => alone)) return undefined;
  const unfinished = new Set([...waiting, ...running].map(({ name }) => name));
  return waiting.find(
    ({ after = [], alone }) =>
      !(alone && running.length > 0) && !after.some((name) => unfinished.has(name)),
  );
}

const names = (steps) => steps.map(({ name }) => name).join(", ");
