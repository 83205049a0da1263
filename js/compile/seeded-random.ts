/**
 * Random numbers of chunks. Every machine must draw the same, and a chunk rendered again must be the
 * same, so that they depend on the frame's time alone (docs/upstream.md#plans).
 */

/**
 * What follows the shim of the clock in its script. Every seek begins the sequence anew from the time in
 * whole milliseconds, before callbacks of animation frames run. The generator is Mulberry32.
 */
export const SEEDED_RANDOM = `
(function seed(window) {
  var clock = window.__HF_VIRTUAL_TIME__;
  if (!clock || clock.seeds) return;
  var state;
  function begin(ms) {
    state = (Math.imul(Math.max(0, Math.floor(Number(ms) || 0)) | 0, -1640531527) + 0x9e3779b9) | 0;
  }
  function next() {
    state = (state + 0x6d2b79f5) | 0;
    var mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  begin(0);
  window.Math.random = next;
  if (window.crypto && window.crypto.getRandomValues) {
    window.crypto.getRandomValues = function (target) {
      if (!ArrayBuffer.isView(target)) return target;
      var bytes = new DataView(target.buffer, target.byteOffset, target.byteLength);
      var at = 0;
      for (; at + 4 <= bytes.byteLength; at += 4) bytes.setUint32(at, next() * 4294967296, true);
      for (; at < bytes.byteLength; at += 1) bytes.setUint8(at, next() * 256);
      return target;
    };
  }
  var seek = clock.seekToTime;
  clock.seekToTime = function (ms) {
    begin(ms);
    return seek(ms);
  };
  var install = clock.install;
  clock.install = function (other) {
    install(other);
    seed(other);
  };
  clock.seeds = true;
})(window);`;
