/** Limits of the system that a render is put under: cgroups, `prlimit`, namespaces, another clock. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const CGROUPS = "/sys/fs/cgroup";
const FAKETIME = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
].find((path) => existsSync(path));

/** Whether a program runs without complaint. */
function runs(file, args) {
  try {
    execFileSync(file, args, { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Why this machine cannot do something, or nothing. */
export const LACKS = {
  cgroup: (controller) => () =>
    existsSync(join(CGROUPS, controller, "cgroup.procs")) && process.getuid?.() === 0
      ? undefined
      : `no cgroup (v1) of "${controller}" can be made`,
  prlimit: () => (runs("prlimit", ["--version"]) ? undefined : "no prlimit"),
  mounts: () => (runs("unshare", ["-m", "true"]) ? undefined : "mounting is not allowed"),
  clock: () => (FAKETIME ? undefined : "libfaketime is not installed"),
};

/** Processes may need a moment to be gone. */
const REMOVE_TRIES = 50;

function killAll(pids) {
  for (const pid of pids.split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
}

/**
 * A cgroup (v1) of its own.
 *
 * @param {"pids" | "memory"} controller
 * @param {string} name
 */
export function cgroup(controller, name) {
  const dir = join(CGROUPS, controller, name);
  mkdirSync(dir);
  return {
    /** Before the command that is to run in it. */
    under: ["sh", "-c", `echo $$ >"${dir}/cgroup.procs" && exec "$@"`, "sh"],
    read: (file) => Number(readFileSync(join(dir, file), "utf8")),
    /** A line of a file with a name and a number in each. */
    field: (file, name) => {
      const text = readFileSync(join(dir, file), "utf8");
      return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    },
    write: (file, value) => writeFileSync(join(dir, file), String(value)),
    members: () => readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean),
    remove: () => rmdirSync(dir),
    /** Ends what is left in it, and removes it. */
    async removeSoon() {
      for (let tries = 0; ; tries++) {
        try {
          rmdirSync(dir);
          return;
        } catch (error) {
          if (tries === REMOVE_TRIES) throw error;
          if (tries > REMOVE_TRIES / 2) killAll(readFileSync(join(dir, "cgroup.procs"), "utf8"));
          await sleep(100);
        }
      }
    },
  };
}

/** Sets a limit of a process that runs. @param {number} pid */
export function limit(pid, resource, value) {
  execFileSync("prlimit", [`--pid=${pid}`, `--${resource}=${value}:${value}`], { timeout: 10_000 });
}

/** One more than the highest file descriptor of a process. @param {number} pid */
export const descriptorsOf = (pid) => Math.max(...readdirSync(`/proc/${pid}/fd`).map(Number)) + 1;

/** Bytes of address space that a process has. @param {number} pid */
export function addressSpaceOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmSize:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** Before a command that gets a shared memory of its own, small enough to be filled. */
export const OWN_SHARED_MEMORY = [
  ...["unshare", "-m", "--propagation", "private", "sh", "-c"],
  'mount -t tmpfs -o size=192m tmpfs /dev/shm && exec "$@"',
  "sh",
];

/**
 * A wall clock that can be set, for a command; what measures spans of time goes on.
 *
 * @param {string} file that says how far it is off
 */
export function clock(file) {
  const set = (seconds) => writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  set(0);
  const variables = [
    `LD_PRELOAD=${FAKETIME}`,
    `FAKETIME_TIMESTAMP_FILE=${file}`,
    "FAKETIME_CACHE_DURATION=1",
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
  ];
  return { under: ["env", ...variables], set };
}
