/** What can happen to a render, how it is done, and by when the render has to have ended. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { script } from "../e2e/support/fake-tool.mjs";
import { diskAt, mountDisk } from "../e2e/support/small-disk.mjs";
import {
  addressSpaceOf,
  cgroup,
  clock,
  descriptorsOf,
  LACKS,
  limit,
  OWN_SHARED_MEMORY,
} from "./limits.mjs";
import { send } from "./victims.mjs";

/**
 * @typedef {object} Fault
 * @property {number} bound seconds from the fault to the end of the process
 * @property {string} why the bound
 * @property {(ctx: import("./cell.mjs").Context) => void} [arrange] before the render starts
 * @property {(ctx: import("./cell.mjs").Context) => void | Promise<void>} [strike] in the stage; without it
 *   the fault is there from the start
 * @property {(ctx: import("./cell.mjs").Context) => void} [release] after the end
 * @property {() => string | undefined} [lacks] why this machine cannot do it
 */

/** Seconds. A browser starts, loads the page and captures what is missing, on two busy cores. */
const RECOVERY = 60;
/** Seconds of the longest deadline that the matrix sets (`DEADLINES` in cell.mjs), and its reserve. */
const DEADLINE = 10;
/** Seconds in which children are killed and files removed. */
const END = 10;
const KILLED = { bound: RECOVERY, why: "a fresh browser captures what is missing" };
const FROZEN = {
  bound: DEADLINE + RECOVERY,
  why: "the deadline of an answer, then a fresh browser captures what is missing",
};
const FAILS = { bound: END, why: "children killed, files removed" };
const GOES_ON = { bound: RECOVERY, why: "the render goes on, or ends" };

const strikes = (who, signal, more) => ({ ...more, strike: (ctx) => send(ctx, who, signal) });

/** A disk of its own under a folder of the workspace, full when the fault strikes. */
const fullDisk = (folderOf, size, prepare) => ({
  ...GOES_ON,
  lacks: LACKS.mounts,
  arrange(ctx) {
    ctx.disk = mountDisk(folderOf(ctx), size);
    ctx.cleanups.push(ctx.disk.unmount);
    prepare?.(ctx);
  },
  strike: ({ disk }) => disk.fill(),
  release: ({ disk }) => disk.empty(),
});

/** A limit of the system that is at what the process has when the fault strikes. */
const exhausted = (resource, now) => ({
  ...GOES_ON,
  lacks: LACKS.prlimit,
  strike: ({ running: { child } }) => limit(child.pid, resource, now(child.pid)),
});

const jump = (seconds) => ({
  ...GOES_ON,
  lacks: LACKS.clock,
  arrange(ctx) {
    ctx.clock = clock(join(ctx.ws.dir, "clock"));
    ctx.under.push(...ctx.clock.under);
  },
  strike: (ctx) => ctx.clock.set(seconds),
});

/** What a page of its own does; the stage says when it begins. */
const page = (name, bound, why) => ({
  bound,
  why,
  arrange(ctx) {
    ctx.page = name;
  },
});

/** The render runs in a cgroup of its own. */
function inCgroup(controller) {
  return {
    lacks: LACKS.cgroup(controller),
    arrange(ctx) {
      ctx.cgroup = cgroup(controller, ctx.id);
      ctx.under.push(...ctx.cgroup.under);
      ctx.cleanups.push(ctx.cgroup.remove);
    },
  };
}

/** @type {Record<string, Fault>} */
export const FAULTS = {
  "kill -9 of a browser": strikes("a browser", "SIGKILL", KILLED),
  "kill -9 of every browser": strikes("every browser", "SIGKILL", KILLED),
  "kill -9 of a renderer": strikes("a renderer", "SIGKILL", KILLED),
  "kill -9 of every renderer": strikes("every renderer", "SIGKILL", KILLED),
  "kill -9 of every GPU process": strikes("every GPU process", "SIGKILL", KILLED),
  "kill -9 of a decoder": strikes("a decoder", "SIGKILL", FAILS),
  "kill -9 of the encoder": strikes("the encoder", "SIGKILL", {
    bound: RECOVERY,
    why: "all frames are captured again",
  }),
  "kill -9 of ffprobe": strikes("the gated tool", "SIGKILL", FAILS),
  "kill -9 of ffmpeg": strikes("the gated tool", "SIGKILL", FAILS),
  "kill -9 of Node": strikes("Node", "SIGKILL", {
    bound: 2,
    why: "the children die with Node; the next render sweeps the files",
  }),
  "SIGSTOP of a browser": strikes("a browser", "SIGSTOP", FROZEN),
  "SIGSTOP of every browser": strikes("every browser", "SIGSTOP", FROZEN),
  "SIGSTOP of a renderer": strikes("a renderer", "SIGSTOP", FROZEN),
  "SIGSTOP of every renderer": strikes("every renderer", "SIGSTOP", FROZEN),
  "SIGSTOP of every GPU process": strikes("every GPU process", "SIGSTOP", FROZEN),
  "SIGSTOP of a decoder": strikes("a decoder", "SIGSTOP", {
    bound: DEADLINE + END,
    why: "the deadline of a source frame",
  }),
  "SIGSTOP of the encoder": strikes("the encoder", "SIGSTOP", {
    bound: DEADLINE + RECOVERY,
    why: "the deadline of a frame that the encoder takes, then all are captured again",
  }),
  "SIGSTOP of ffprobe": strikes("the gated tool", "SIGSTOP", {
    bound: 30 + END,
    why: "ffprobe's deadline, 30 s",
  }),
  "SIGSTOP of ffmpeg": strikes("the gated tool", "SIGSTOP", {
    bound: DEADLINE + END,
    why: "ffmpeg's deadline",
  }),
  cancel: strikes("Node", "SIGUSR2", { bound: 5, why: "the children are killed within a second" }),
  SIGTERM: strikes("Node", "SIGTERM", { bound: 5, why: "the children are killed within a second" }),
  "event loop blocked for 10 s": strikes("Node", "SIGWINCH", {
    bound: 10 + RECOVERY,
    why: "10 s, and the rest of the render",
  }),

  "disk of the target full": fullDisk(
    (ctx) => join(ctx.ws.dir, "disk"),
    "64m",
    (ctx) => {
      ctx.file = join(ctx.ws.dir, "disk", "o.mp4");
    },
  ),
  "disk of the work folders full": fullDisk(({ ws }) => ws.tmp, "512m"),
  "disk of the caches full": fullDisk(
    ({ ws }) => ws.home,
    "64m",
    ({ ws, env }) => {
      mkdirSync(join(ws.home, "run"));
      env.HYPERFRAMES_EXTRACT_CACHE_DIR = join(ws.home, "extracted");
    },
  ),
  "/dev/shm full": {
    ...GOES_ON,
    lacks: LACKS.mounts,
    arrange: (ctx) => void ctx.under.push(...OWN_SHARED_MEMORY),
    strike: ({ running }) =>
      diskAt(join("/proc", String(running.child.pid), "root", "dev", "shm")).fill(),
  },
  "target folder removed": {
    ...GOES_ON,
    arrange(ctx) {
      mkdirSync(join(ctx.ws.out, "folder"));
      ctx.file = join(ctx.ws.out, "folder", "o.mp4");
      ctx.gone = true;
    },
    strike: ({ ws }) => rmSync(join(ws.out, "folder"), { recursive: true, maxRetries: 5 }),
  },
  "target folder moved away": {
    ...GOES_ON,
    arrange(ctx) {
      mkdirSync(join(ctx.ws.out, "folder"));
      ctx.file = join(ctx.ws.out, "folder", "o.mp4");
      ctx.gone = true;
    },
    strike: ({ ws }) => renameSync(join(ws.out, "folder"), join(ws.out, "moved")),
    release: ({ ws }) => rmSync(join(ws.out, "moved"), { recursive: true, force: true }),
  },
  "target becomes a folder": {
    ...GOES_ON,
    arrange(ctx) {
      ctx.gone = true;
    },
    strike(ctx) {
      rmSync(ctx.file, { force: true });
      mkdirSync(ctx.file);
      writeFileSync(join(ctx.file, "theirs"), "");
    },
  },
  "no file descriptor left": exhausted("nofile", descriptorsOf),
  // Node itself cannot go on without a reserve.
  "next to no address space left": exhausted("as", (pid) => addressSpaceOf(pid) + (256 << 20)),
  "no process id left": {
    ...GOES_ON,
    ...inCgroup("pids"),
    strike: ({ cgroup: group }) => group.write("pids.max", group.read("pids.current")),
  },
  "no memory left": {
    ...GOES_ON,
    ...inCgroup("memory"),
    strike({ cgroup: group }) {
      // Below what is in use it is refused.
      const used = group.read("memory.usage_in_bytes");
      group.write("memory.limit_in_bytes", used + (8 << 20));
    },
  },
  "clock an hour ahead": jump(3600),
  "clock an hour back": jump(-3600),

  "a browser that answers nothing": {
    bound: 3 * DEADLINE + END,
    why: "the deadline of a browser's start, with fresh browsers",
    arrange(ctx) {
      const path = script(ctx.ws, "silent-browser", "trap '' TERM\nwhile :; do sleep 1; done");
      ctx.env.PRODUCER_HEADLESS_SHELL_PATH = path;
    },
  },
  "page throws at load": page("throws at load", RECOVERY, "the render goes on"),
  "page throws at a seek": page("throws", RECOVERY, "the render goes on"),
  "page loops for ever at load": page(
    "loops at load",
    3 * DEADLINE + 2 * END,
    "the deadlines of loading",
  ),
  "page loops for ever at a seek": page(
    "loops",
    4 * DEADLINE + RECOVERY,
    "the deadline of an answer, with fresh browsers",
  ),
  "page loops for ever in a timer": page("loops in a timer", 4 * DEADLINE + RECOVERY, "the same"),
  "page allocates without end": page(
    "allocates",
    2 * RECOVERY,
    "the browser ends it, with fresh browsers",
  ),
  "page makes nodes without end": page(
    "makes nodes without end",
    2 * RECOVERY,
    "the deadline of an answer, with fresh browsers",
  ),
  "page logs for ever": page("logs for ever", 2 * RECOVERY, "the render goes on"),
  "page logs more than can be read": page(
    "logs more than can be read",
    2 * RECOVERY,
    "the render goes on",
  ),
  "page logs for ever from its load": page(
    "logs for ever at load",
    2 * RECOVERY,
    "the render goes on",
  ),
  "page navigates away": page("navigates away", RECOVERY, "fresh browsers, or an error"),
  "page reloads itself": page("reloads itself", RECOVERY, "fresh browsers, or an error"),
  "page opens dialogs": page("opens dialogs", RECOVERY, "the render goes on"),
  "page opens dialogs at load": page("opens dialogs at load", RECOVERY, "the render goes on"),
  "page asks before it is left": page("asks before it is left", RECOVERY, "the render goes on"),
  "page closes itself": page("closes itself", RECOVERY, "the render goes on, or an error"),
  "page opens windows": page("opens windows", RECOVERY, "the render goes on"),
};
