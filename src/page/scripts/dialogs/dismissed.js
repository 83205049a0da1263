// Answers dialogs in the page itself, as if somebody had dismissed them. A dialog of the browser's stops
// the page until the host has answered, and answers are lost where the page loads another document at
// that moment. `config` begins what the host is told of a dialog.
define("dismissed", ({ config: mark }) => {
  const say = console.debug.bind(console);
  const dismissed = (kind, answer) => ({
    [kind](...args) {
      const message = args.length > 0 ? String(args[0]) : "";
      say(mark, JSON.stringify({ type: kind, message }));
      return answer;
    },
  });
  Object.assign(
    window,
    dismissed("alert", undefined),
    dismissed("confirm", false),
    dismissed("prompt", null),
  );
});
