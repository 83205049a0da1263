// The addon's transitions from JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BlendPool, NativeRenderError } from "../../dist/index.js";

const [WIDTH, HEIGHT] = [96, 40];
const BYTES = WIDTH * HEIGHT * 6;

/** A frame whose samples all have one value. */
const plain = (value, bytes = BYTES) => {
  const frame = Buffer.alloc(bytes);
  for (let at = 0; at + 1 < bytes; at += 2) frame.writeUInt16LE(value, at);
  return frame;
};
const blended = (pool, out, progress = 0.5, shader = "crossfade") =>
  pool.blend(shader, plain(1000), plain(3000), out, WIDTH, HEIGHT, progress);
/** A blend that one thread needs a good part of a second for, so that others wait behind it. */
const slow = (pool) => {
  const [width, height] = [4096, 2160];
  const [from, out] = [Buffer.alloc(width * height * 6), Buffer.alloc(width * height * 6)];
  return pool.blend("cinematic-zoom", from, from, out, width, height, 0.5);
};

test("frames are blended in place, many at a time", async (t) => {
  const pool = new BlendPool({ threads: 2, inFlight: 3 });
  t.after(() => pool.close());
  const outs = Array.from({ length: 20 }, () => plain(0));
  await Promise.all(outs.map((out, n) => blended(pool, out, n / 20)));
  for (const [n, out] of outs.entries()) assert.deepEqual(out, plain(1000 + 100 * n));
  const { threads, inFlight, peakInFlight, blended: count, failed } = pool.stats();
  assert.deepEqual(
    { threads, inFlight, count, failed },
    { threads: 2, inFlight: 0, count: 20, failed: 0 },
  );
  assert.ok(peakInFlight >= 1 && peakInFlight <= 3, `${peakInFlight}`);
});

test("a Uint8Array does, progress is clamped, and inputs may be one buffer", async (t) => {
  const pool = new BlendPool({ threads: 1 });
  t.after(() => pool.close());
  const from = new Uint8Array(plain(700));
  const out = new Uint8Array(BYTES);
  await pool.blend("flash-through-white", from, from, out, WIDTH, HEIGHT, 7);
  assert.deepEqual(Buffer.from(out), plain(700));
});

test("fields are kept within their bound", async (t) => {
  const large = new BlendPool();
  const none = new BlendPool({ cacheBytes: 0 });
  t.after(() => Promise.all([large.close(), none.close()]));
  const [a, b] = [plain(0), plain(0)];
  await Promise.all([blended(large, a, 0.4, "domain-warp"), blended(none, b, 0.4, "domain-warp")]);
  assert.deepEqual(a, b);
  assert.equal(large.stats().cachedBytes, WIDTH * HEIGHT * 3 * 4);
  assert.equal(none.stats().cachedBytes, 0);
});

test("an unknown transition is a crossfade, said once", async (t) => {
  const pool = new BlendPool({ threads: 1 });
  t.after(() => pool.close());
  const warn = t.mock.method(console, "warn", () => {});
  const out = plain(0);
  for (const shader of ["wobble", "wobble", ""]) {
    out.fill(0);
    await blended(pool, out, 0.5, shader);
    assert.deepEqual(out, plain(2000));
  }
  assert.equal(warn.mock.callCount(), 1);
  assert.match(warn.mock.calls[0].arguments[0], /"wobble".*crossfade/);
});

test("bad input is named and touches nothing", async (t) => {
  const pool = new BlendPool({ threads: 1 });
  t.after(() => pool.close());
  const [from, to, out] = [plain(1), plain(2), plain(3)];
  const shared = new Uint8Array(new SharedArrayBuffer(BYTES));
  const resizable = new Uint8Array(new ArrayBuffer(BYTES, { maxByteLength: BYTES * 2 }));
  const odd = plain(0, BYTES + 1).subarray(1);
  const whole = Buffer.alloc(BYTES * 2);
  for (const [message, ...args] of [
    [/^shader must be/, 5, from, to, out, WIDTH, HEIGHT, 0.5],
    [
      /^from has 3 bytes; a 96x40 rgb48 frame has 23040/,
      "glitch",
      Buffer.alloc(3),
      to,
      out,
      WIDTH,
      HEIGHT,
      0.5,
    ],
    [/^to has 23041 bytes/, "glitch", from, plain(0, BYTES + 1), out, WIDTH, HEIGHT, 0.5],
    [/^out has 0 bytes/, "glitch", from, to, Buffer.alloc(0), WIDTH, HEIGHT, 0.5],
    [/^from must be a Buffer/, "glitch", [1], to, out, WIDTH, HEIGHT, 0.5],
    [/^to must be .* ArrayBuffer/, "glitch", from, shared, out, WIDTH, HEIGHT, 0.5],
    [/^out must be .* fixed size/, "glitch", from, to, resizable, WIDTH, HEIGHT, 0.5],
    [/^from begins at an odd address/, "glitch", odd, to, out, WIDTH, HEIGHT, 0.5],
    [/^width is 0; it must be from 1 to 16384/, "glitch", from, to, out, 0, HEIGHT, 0.5],
    [/^height is 99999/, "glitch", from, to, out, WIDTH, 99_999, 0.5],
    [/^width must be a whole number/, "glitch", from, to, out, 9.5, HEIGHT, 0.5],
    [/^height is 0/, "glitch", from, to, out, WIDTH, -3, 0.5],
    [/^progress is NaN/, "glitch", from, to, out, WIDTH, HEIGHT, Number.NaN],
    [/^progress must be a number/, "glitch", from, to, out, WIDTH, HEIGHT, "0.5"],
    [/^out overlaps its own from/, "glitch", out, to, out, WIDTH, HEIGHT, 0.5],
    [
      /^out overlaps its own to/,
      "glitch",
      from,
      whole.subarray(0, BYTES),
      whole.subarray(6, BYTES + 6),
      WIDTH,
      HEIGHT,
      0.5,
    ],
  ]) {
    await assert.rejects(pool.blend(...args), (error) => {
      assert.ok(error instanceof NativeRenderError, String(error));
      assert.equal(error.code, "HF_NATIVE_BLEND_INPUT");
      assert.match(error.message, message);
      return true;
    });
  }
  assert.deepEqual(out, plain(3));
  assert.equal(pool.stats().blended, 0);
  for (const options of [{ threads: 0 }, { inFlight: 1.5 }, { cacheBytes: -1 }]) {
    assert.throws(() => new BlendPool(options), { code: "HF_NATIVE_INVALID_OPTION" });
  }
});

test("memory that a blend writes is nobody else's until it is done", async (t) => {
  const [one, other] = [new BlendPool({ threads: 1 }), new BlendPool({ threads: 1 })];
  t.after(() => Promise.all([one.close(), other.close()]));
  const ahead = slow(one);
  const out = plain(0);
  const first = blended(one, out);
  await assert.rejects(blended(other, out), /out overlaps the unfinished blend's out/);
  await Promise.all([ahead, first]);
  await blended(other, out, 1);
  assert.deepEqual(out, plain(3000));
});

test("closing rejects what waits and waits for what runs", async () => {
  const pool = new BlendPool({ threads: 1, inFlight: 1 });
  const all = [slow(pool), ...Array.from({ length: 5 }, () => blended(pool, plain(0)))];
  const ended = Promise.allSettled(all);
  await pool.close();
  const outcomes = await ended;
  const codes = outcomes.map(({ reason }) => reason?.code ?? "done");
  assert.ok(codes.includes("HF_NATIVE_BLEND_CLOSED"), codes.join());
  assert.ok(
    codes.every((code) => ["done", "HF_NATIVE_BLEND_CLOSED"].includes(code)),
    codes.join(),
  );
  await assert.rejects(blended(pool, plain(0)), { code: "HF_NATIVE_BLEND_CLOSED" });
  await pool.close();
});
