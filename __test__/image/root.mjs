/** A folder that is used as a container is: in namespaces of its own, with Docker's kind of /dev. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, run } from "../../scripts/lib/run.mjs";

const MIRROR = "http://deb.debian.org";
const STEP_MS = 10 * 60_000;
/** What Docker gives a container for /dev/shm unless told otherwise. */
const SHM = "64m";
const DEVICES = [
  ["null", 1, 3],
  ["zero", 1, 5],
  ["random", 1, 8],
  ["urandom", 1, 9],
];

/** Debian 12 with Node and npm below /usr/local and a user `node`: what the base image has. */
export async function makeBase(root, { node, npmFolder }) {
  if (existsSync(join(root, "usr", "local", "bin", "node"))) return;
  const options = ["--variant=minbase", "--include=ca-certificates"];
  await run("debootstrap", [...options, "bookworm", root, `${MIRROR}/debian`], {
    timeoutMs: STEP_MS,
    output: "capture",
  });
  const sources = [
    `deb ${MIRROR}/debian bookworm main`,
    `deb ${MIRROR}/debian bookworm-updates main`,
    `deb ${MIRROR}/debian-security bookworm-security main`,
  ];
  writeFileSync(join(root, "etc", "apt", "sources.list"), `${sources.join("\n")}\n`);
  await run("chroot", [root, "useradd", "--uid", "1000", "--create-home", "node"]);
  const library = join(root, "usr", "local", "lib", "node_modules");
  mkdirSync(library, { recursive: true });
  await run("cp", ["-rL", npmFolder, join(library, "npm")]);
  const link = join(root, "usr", "local", "bin", "npm");
  await run("ln", ["-sf", "../lib/node_modules/npm/bin/npm-cli.js", link]);
  // Last: it says that the base is complete.
  await run("cp", ["-L", node, join(root, "usr", "local", "bin", "node")]);
}

/** Folder of the npm that runs here. */
export async function npmFolder() {
  const { output } = await npm(["root", "-g"], { output: "capture" });
  return join(output.trim(), "npm");
}

/** Sends a signal to process 1 of what was started. */
export function signalFirst({ child }, signal) {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  process.kill(Number(children.trim().split(" ")[0]), signal);
}

/**
 * Starts a program in the folder, as process 1 of its own namespace.
 *
 * @param {string} root
 * @param {string[]} words program and arguments
 * @param {object} options
 * @param {Record<string, string>} options.env all of its environment
 * @param {string} options.cwd in the folder
 * @param {string} [options.user] `uid:gid`
 * @param {{ from: string, to: string, readOnly?: boolean }[]} [options.volumes]
 * @param {boolean} [options.readOnly] that nothing can be written but volumes, as `--read-only` says
 * @param {string[]} [options.temporary] file systems in memory, as of `--tmpfs`
 * @param {boolean} [options.network] the host's (default), or nothing but loopback
 * @param {boolean} [options.privileges] whether it may gain some (default), as `no-new-privileges` says
 */
export function startInRoot(root, words, options) {
  const { env, cwd, user = "0:0", volumes = [], network = true, privileges = true } = options;
  const { readOnly = false, temporary = [] } = options;
  const inside = (path) => quoted(join(root, path));
  const folders = ["dev", "proc", ...temporary, ...volumes.map(({ to }) => to)];
  const steps = [
    `mkdir -p ${folders.map(inside).join(" ")}`,
    `mount --bind ${inside("")} ${inside("")}`,
    `cd ${inside("")}`,
    ...(readOnly ? [`mount -o remount,ro,bind ${inside("")}`] : []),
    `mount -t proc proc ${inside("proc")}`,
    `mount -t tmpfs -o mode=755 dev ${inside("dev")}`,
    ...DEVICES.map(([name, major, minor]) => {
      return `mknod -m 666 ${inside(`dev/${name}`)} c ${major} ${minor}`;
    }),
    `ln -s /proc/self/fd ${inside("dev/fd")}`,
    `mkdir ${inside("dev/shm")}`,
    `mount -t tmpfs -o size=${SHM},mode=1777 shm ${inside("dev/shm")}`,
    ...temporary.map((path) => {
      return `mount -t tmpfs -o noexec,nosuid,nodev,mode=1777 tmp ${inside(path)}`;
    }),
    ...volumes.flatMap(({ from, to, readOnly: fixed }) => [
      `mount --bind ${quoted(from)} ${inside(to)}`,
      ...(fixed ? [`mount -o remount,ro,bind ${inside(to)}`] : []),
    ]),
    ...(network ? [] : ["ip link set lo up"]),
  ];
  const set = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  const program = [
    `chroot --userspec=${user} ${quoted(root)}`,
    `/usr/bin/env -i -C ${quoted(cwd)} ${set.join(" ")}`,
    privileges ? "" : "/usr/bin/setpriv --no-new-privs --",
    words.map(quoted).join(" "),
  ];
  const script = `set -e; ${steps.join("; ")}; exec ${program.join(" ")}`;
  const spaces = ["--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts"];
  const args = [...spaces, ...(network ? [] : ["--net"]), "sh", "-c", script];
  const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = { text: "" };
  const listeners = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => {
      said.text += chunk;
      for (const look of listeners) look();
    });
  }
  const late = setTimeout(() => child.kill("SIGKILL"), STEP_MS);
  const done = new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(late);
      for (const look of listeners) look();
      resolve({ code, signal, text: said.text });
    });
  });
  const printed = (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!pattern.test(said.text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      done.then(() => reject(new Error(`${pattern} was not printed:\n${said.text}`)));
      look();
    });
  return { child, done, printed };
}

/** Runs a program in the folder to its end. @throws {Error} when it fails */
export async function runInRoot(root, words, options) {
  const { code, text } = await startInRoot(root, words, options).done;
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}:\n${text.slice(-4000)}`);
  return text;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
