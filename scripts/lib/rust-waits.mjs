/** Finds where Rust code waits for somebody else, and which of these waits no deadline ends. */
import { tokenize } from "./rust-tokens.mjs";

/** Calls that wait whatever they are called on. */
const WAITS = new Set([
  ...["recv", "notified", "changed", "wait_for", "wait_while", "cancelled", "closed"],
  ...["acquire", "acquire_owned", "acquire_many", "acquire_many_owned", "join_next"],
]);
/** Calls that wait where they are awaited: others of these names do not. */
const AWAITED = new Set([
  ...["read", "read_exact", "read_to_end", "read_line", "read_until", "next_line", "next", "lock"],
  ...["write_all", "flush", "shutdown", "accept", "connect", "send", "readable", "writable"],
]);
/** Functions whose futures end with another thread or task. */
const SPAWNS = new Set(["spawn", "spawn_blocking"]);
/** Words before a parenthesis that call nothing. */
const KEYWORDS = new Set(["match", "return", "if", "in", "while"]);
/** Functions that end what they are given. */
const DEADLINES = new Set(["timeout", "timeout_at"]);

/**
 * @typedef {object} Wait
 * @property {string} fn the function that it stands in
 * @property {string} call what is called, or `name.await` for a future that is awaited by name
 * @property {number} line
 */

/**
 * @param {string} source Rust source text
 * @returns {Wait[]} the waits outside of tests that stand in no deadline, in order
 */
export function openWaits(source) {
  const tokens = tokenize(source);
  const lines = source.split("\n");
  for (const token of tokens) token.isBare = lines[token.line - 1].includes(".join()");
  const closes = pairs(tokens);
  const tests = testRegions(tokens, closes);
  const functions = functionRegions(tokens, closes);
  const inTests = (at) => tests.some(([from, to]) => at >= from && at <= to);
  const found = [];
  for (let at = 0; at < tokens.length; at++) {
    const call = inTests(at) ? undefined : waitAt(tokens, closes, at);
    if (!call) continue;
    const home = functions.filter(({ from, to }) => at >= from && at <= to).at(-1);
    if (!home || isBounded(tokens, closes, home, at)) continue;
    found.push({ home, call, line: tokens[at].line, at });
  }
  // A name whose initial value is a wait was found there.
  return found
    .filter(({ call, home, at }) => {
      const name = /^(\w+)\.await$/.exec(call)?.[1];
      return !name || !isKnownFuture(tokens, closes, home, name, at);
    })
    .map(({ home, call, line }) => ({ fn: home.name, call, line }));
}

/** The files below `mod` declarations that are compiled for tests only. @param {string} source */
export function testModules(source) {
  const tokens = tokenize(source);
  const names = [];
  for (let at = 0; at < tokens.length; at++) {
    if (!isTestMark(tokens, at)) continue;
    let next = behindAttribute(tokens, at);
    while (["pub", "(", "super", "crate", "in", ")", "::"].includes(tokens[next]?.text)) next++;
    if (tokens[next]?.text === "mod" && tokens[next + 2]?.text === ";") {
      names.push(tokens[next + 1].text);
    }
  }
  return names;
}

/** What waits at this token; nothing for others. */
function waitAt(tokens, closes, at) {
  const { text } = tokens[at];
  const next = tokens[at + 1]?.text;
  const before = tokens[at - 1]?.text;
  if (next === "(" && before !== "fn") {
    const close = closes.get(at + 1);
    const isAwaited = tokens[close + 1]?.text === "." && tokens[close + 2]?.text === "await";
    const isMethod = before === ".";
    if (isMethod && WAITS.has(text)) return text;
    if (isMethod && AWAITED.has(text) && isAwaited) return text;
    // Of paths, iterators and strings it takes an argument, which may be a literal and no token.
    if (isMethod && text === "join" && tokens[at].isBare) return text;
    if (isMethod && text === "wait" && !takesDeadline(tokens, at, close)) return text;
    if (text === "spawn_blocking") return text;
    if (text === "block_on") return text;
  }
  if (text !== "await" || before !== ".") return undefined;
  const name = awaitedName(tokens, closes, at - 2);
  return name && `${name}.await`;
}

/** The name of a future that is awaited as `name.await` or `(&mut of.name).await`. */
function awaitedName(tokens, closes, at) {
  const isName = (index) => /^[a-z_]\w*$/.test(tokens[index]?.text ?? "");
  if (isName(at)) return tokens[at].text;
  if (tokens[at]?.text !== ")" || !isName(at - 1)) return undefined;
  let open = at;
  while (open > 0 && closes.get(open) !== at) open--;
  const before = tokens[open - 1]?.text;
  const isCall = before === ">" || (isName(open - 1) && !KEYWORDS.has(before));
  return isCall ? undefined : tokens[at - 1].text;
}

/** `child.wait(deadline)` and `pulse.wait(work)` end by themselves; `condvar.wait(guard)` does not. */
function takesDeadline(tokens, at, close) {
  const isEmpty = close === at + 2;
  return !isEmpty && tokens[at - 2]?.text !== "changed";
}

/** Whether the wait stands in the arguments of a deadline, or in what is given to one by name. */
function isBounded(tokens, closes, home, at) {
  for (let index = home.from; index <= home.to; index++) {
    const opens = tokens[index + 1]?.text === "(";
    const isPulse = tokens[index].text === "wait" && tokens[index - 2]?.text === "pulse";
    if (!opens || !(DEADLINES.has(tokens[index].text) || isPulse)) continue;
    const close = closes.get(index + 1);
    if (at > index && at < close) return true;
    for (let inner = index + 2; inner < close; inner++) {
      const region = initialValue(tokens, closes, home, tokens[inner].text, inner);
      if (region && at > region[0] && at < region[1]) return true;
    }
  }
  return false;
}

/** Whether `name` is a future whose own text is in this function, so that its waits were seen there. */
function isKnownFuture(tokens, closes, home, name, at) {
  const region = initialValue(tokens, closes, home, name, at);
  if (!region) return false;
  for (let index = region[0]; index < region[1]; index++) {
    if (SPAWNS.has(tokens[index].text) && tokens[index + 1]?.text === "(") {
      return tokens[index].text === "spawn_blocking";
    }
  }
  return true;
}

/** Where the value of the last `let name = …;` before `at` stands. */
function initialValue(tokens, closes, home, name, at) {
  if (!/^[a-z_]\w*$/.test(name)) return undefined;
  for (let index = at - 1; index > home.from; index--) {
    if (tokens[index].text !== name) continue;
    const isLet = tokens[index - 1]?.text === "let" || tokens[index - 2]?.text === "let";
    if (!isLet) continue;
    let from = index + 1;
    while (from < at && tokens[from].text !== "=") from++;
    let to = from;
    while (to < home.to && tokens[to].text !== ";") to = (closes.get(to) ?? to) + 1;
    // The name may stand in its own new value.
    if (to <= at) return [from, to];
  }
  return undefined;
}

/** Index of the closing bracket by index of its opening one. */
function pairs(tokens) {
  const closes = new Map();
  const open = [];
  tokens.forEach(({ text }, at) => {
    if (text === "(" || text === "{" || text === "[") open.push(at);
    if (text === ")" || text === "}" || text === "]") closes.set(open.pop(), at);
  });
  return closes;
}

function isTestMark(tokens, at) {
  const mark = ["#", "[", "cfg", "("];
  if (!mark.every((text, offset) => tokens[at + offset]?.text === text)) return false;
  const [first, second, third] = [4, 5, 6].map((offset) => tokens[at + offset]?.text);
  // `any(test, fuzzing)` is for readers that a fuzzer calls.
  const isList = first === "all" || (first === "any" && tokens[at + 8]?.text === "fuzzing");
  return first === "test" || (isList && second === "(" && third === "test");
}

/** The token behind the attribute that begins at `at`. */
function behindAttribute(tokens, at) {
  let next = at;
  while (next < tokens.length && tokens[next].text !== "]") next++;
  return next + 1;
}

/** What stands behind `#[cfg(test)]`, up to the end of its block. */
function testRegions(tokens, closes) {
  const regions = [];
  for (let at = 0; at < tokens.length; at++) {
    if (!isTestMark(tokens, at)) continue;
    let to = behindAttribute(tokens, at);
    while (to < tokens.length && tokens[to].text !== "{" && tokens[to].text !== ";") to++;
    regions.push([at, closes.get(to) ?? to]);
  }
  return regions;
}

/** Functions and where they stand; those inside others come later. */
function functionRegions(tokens, closes) {
  const regions = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at].text !== "fn" || !/^\w+$/.test(tokens[at + 1]?.text ?? "")) continue;
    let from = at + 2;
    while (from < tokens.length && tokens[from].text !== "{" && tokens[from].text !== ";") {
      from =
        tokens[from].text === "(" || tokens[from].text === "[" ? closes.get(from) + 1 : from + 1;
    }
    if (tokens[from]?.text === "{") {
      regions.push({ name: tokens[at + 1].text, from, to: closes.get(from) });
    }
  }
  return regions;
}
