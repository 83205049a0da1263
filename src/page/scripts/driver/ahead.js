// Goes on to the next frame while the one before is drawn. Once Chrome has taken a frame over from
// the page (a commit), what scripts do is seen in the next one.
define("ahead", ({ frame, viewTransitions }) => {
  const request = window.requestAnimationFrame;
  // What Chrome tells a page with a frame (intersections) comes in tasks of its own; they go first.
  const TASKS = 2;

  // What the page will go on to: the arguments of `frame` and a number of its own.
  let awaited;
  let last = 0;
  // The frame that it has gone on to, and its answer or a promise of it.
  let begun;

  const channel = new MessageChannel();
  const pass = (id, tasks) => channel.port2.postMessage([id, tasks]);
  channel.port1.onmessage = ({ data: [id, tasks] }) => {
    if (awaited?.id !== id) return;
    if (tasks > 1) pass(id, tasks - 1);
    else begin();
  };

  const begin = () => {
    const { args } = awaited;
    awaited = undefined;
    // Pictures of a view transition are taken while frames are drawn.
    if (viewTransitions.areActive()) return;
    const answer = (async () => frame.frame(...args))();
    // Whoever asks for the frame hears of it.
    answer.catch(() => null);
    begun = { number: args[1], answer };
  };

  const goOn = (args) => {
    last += 1;
    const id = last;
    awaited = { id, args };
    request.call(window, () => pass(id, TASKS));
  };

  // As `frame` with the arguments `now`. Then the page goes on to the frame with the arguments `next`,
  // if there are any, when this one has been taken over.
  const bring = (now, next) => {
    awaited = undefined;
    const answer = begun?.number === now[1] ? begun.answer : frame.frame(...now);
    begun = undefined;
    if (!next) return answer;
    const proceed = (told) => {
      // A page that is not at the frame says why in a word.
      if (typeof told !== "string") goOn(next);
      return told;
    };
    return answer?.then ? answer.then(proceed) : proceed(answer);
  };

  return { bring };
});
