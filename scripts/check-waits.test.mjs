import assert from "node:assert/strict";
import test from "node:test";
import { checkWaits } from "./check-waits.mjs";
import { openWaitsOfScript } from "./lib/js-waits.mjs";
import { openWaits, testModules } from "./lib/rust-waits.mjs";

const found = (source) => openWaits(source).map(({ fn, call }) => `${fn} ${call}`);

test("a wait that stands in no deadline is found, whatever it is for", () => {
  const waits = {
    "news.notified().await": "notified",
    "select! { _ = stop.cancelled() => {}, () = work => {} }": "cancelled",
    "let read = pipe.read_buf(&mut b).await; pipe.read_exact(&mut b).await?;": "read_exact",
    "let _turn = Arc::clone(&self.turns).acquire_owned().await;": "acquire_owned",
    "let guard = self.decoder.lock().await;": "lock",
    "child.wait().await": "wait",
    "thread.join().unwrap()": "join",
    "let message = receiver.recv().unwrap();": "recv",
    "state = self.changed.wait(state).ignore_poison();": "wait",
    "spawn_blocking(move || work()).await": "spawn_blocking",
    "match (&mut making.digest).await { _ => {} }": "digest.await",
    "let task = tokio::spawn(work); task.await": "task.await",
    "self.running.await": "running.await",
  };
  for (const [text, call] of Object.entries(waits)) {
    assert.deepEqual(found(`async fn outer() { ${text} }`), [`outer ${call}`], text);
  }
});

test("a wait in a deadline is none, written there or given to it by name", () => {
  for (const text of [
    "timeout(deadline, pipe.read_exact(&mut b)).await",
    "let exchange = async { w.lock().await.write_all(&t).await; r.await }; timeout(d, exchange).await",
    "let turn = turns.wait_for(|n| *n > 1); self.pulse.wait(async { turn.await }).await",
    "child.wait(deadline).await",
    "file.write_all(&bytes)?; let held = mutex.lock().ignore_poison();",
    'let text = words.join(", "); let path = dir.join(name);',
    "let made = make(7); made.await",
  ]) {
    assert.deepEqual(found(`async fn bounded() { ${text} }`), [], text);
  }
});

test("tests are not looked at, and waits belong to the innermost function", () => {
  const source = `
    fn outer() { fn inner() { a.recv(); } }
    #[cfg(test)] mod tests { fn t() { a.recv(); } }
    #[cfg(all(test, target_os = "linux"))] mod more { fn t() { a.recv(); } }
    #[cfg(test)]
    pub(super) mod testing;`;
  assert.deepEqual(found(source), ["inner recv"]);
  assert.deepEqual(testModules(source), ["testing"]);
});

test("programs and sockets of TypeScript without a limit are found", () => {
  const source = `
export async function bad() {
  execFileSync("x", ["y"]); // execFileSync("in a comment")
  execFileSync("x", ["y"], { timeout: 5 });
  await fetch(url);
  await fetch(url, { signal });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise<void>((resolve) => child.once("close", resolve));
}
class A {
  async #read(body: AsyncIterable<Buffer>): Promise<void> {
    for await (const part of body) {
    }
  }
}`;
  const waits = openWaitsOfScript(source).map(({ fn, call, line }) => `${line} ${fn} ${call}`);
  assert.deepEqual(waits, [
    "3 bad execFileSync",
    "5 bad fetch",
    "8 bad new Promise",
    "12 #read for await",
  ]);
});

test("the table names every open wait, with its end and its bound, and no other", () => {
  const files = [{ file: "src/a.rs", text: "fn f() { r.recv(); }\nfn g() { s.recv(); }" }];
  const row = (cells) => `### \`src/a.rs\`\n\n| wait | ends | bound |\n|---|---|---|\n${cells}\n`;
  const messages = (table) =>
    checkWaits(files, table).map(({ file, line, message }) => `${file}:${line}: ${message}`);
  assert.deepEqual(messages(row("| `f`: `recv` | x | y |\n| `g`: `recv` | x | y |")), []);
  const [missing, ...none] = messages(row("| `f`: `recv` | x | y |"));
  assert.match(missing, /^src\/a\.rs:2: `recv` in `g` waits without a deadline/);
  assert.deepEqual(none, []);
  const both = "| `f`: `recv` | x | y |\n| `g`: `recv` | x | |\n| `h`: `recv` | x | y |";
  const [noBound, gone] = messages(row(both));
  assert.match(noBound, /docs\/waits\.md:6: the row has no "bound"/);
  assert.match(gone, /docs\/waits\.md:7: no such wait: src\/a\.rs h recv/);
});
