/**
 * Page script that freezes the clock. Date, `performance.now` and `requestAnimationFrame` follow
 * the time that the renderer seeks to. Timers keep running. The original functions are under
 * `window.__HF_VIRTUAL_TIME__` for upstream's runtime and bridge. Two more are ours: `isAwaited`, whether
 * anything waits for an animation frame, and `install`, which does the same to another window
 * (`src/page/scripts/frame_clock.js`).
 *
 * Must not contain a closing head tag, nor a marker by which upstream recognises an embedded
 * runtime: upstream removes such scripts after it has inserted this one.
 */
export const VIRTUAL_TIME_SHIM = `(function install(window) {
  if (window.__HF_VIRTUAL_TIME__) return;
  var now = 0;
  var lastHandle = 0;
  var queue = [];
  var originals = {};
  [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "requestAnimationFrame",
    "cancelAnimationFrame"
  ].forEach(function (name) {
    var key = "original" + name.charAt(0).toUpperCase() + name.slice(1);
    originals[key] = typeof window[name] === "function" ? window[name].bind(window) : undefined;
  });

  var RealDate = window.Date;
  function VirtualDate() {
    if (!new.target) return new RealDate(now).toString();
    var args = arguments.length === 0 ? [now] : Array.prototype.slice.call(arguments);
    return Reflect.construct(RealDate, args, new.target === VirtualDate ? RealDate : new.target);
  }
  Object.setPrototypeOf(VirtualDate, RealDate);
  VirtualDate.prototype = RealDate.prototype;
  VirtualDate.now = function () {
    return now;
  };
  VirtualDate.parse = RealDate.parse;
  VirtualDate.UTC = RealDate.UTC;
  window.Date = VirtualDate;
  try {
    RealDate.prototype.constructor = VirtualDate;
  } catch (ignored) {}

  if (window.performance) {
    try {
      Object.defineProperty(window.performance, "now", {
        configurable: true,
        writable: true,
        value: function () {
          return now;
        }
      });
    } catch (ignored) {}
  }

  window.requestAnimationFrame = function (callback) {
    lastHandle += 1;
    queue.push({ handle: lastHandle, callback: callback, cancelled: false });
    return lastHandle;
  };
  var generation = [];
  window.cancelAnimationFrame = function (handle) {
    [queue, generation].forEach(function (entries) {
      entries.forEach(function (entry) {
        if (entry.handle === handle) entry.cancelled = true;
      });
    });
  };

  function seekToTime(ms) {
    now = Math.max(0, Number(ms) || 0);
    // Callbacks that ask again belong to the next seek: one seek is one frame.
    generation = queue;
    queue = [];
    generation.forEach(function (entry) {
      if (entry.cancelled || typeof entry.callback !== "function") return;
      try {
        entry.callback.call(window, now);
      } catch (ignored) {}
    });
    generation = [];
    return now;
  }

  window.__HF_VIRTUAL_TIME__ = Object.assign(originals, {
    seekToTime: seekToTime,
    install: install,
    isAwaited: function () {
      return queue.length > 0;
    },
    getTime: function () {
      return now;
    }
  });
})(window);`;
