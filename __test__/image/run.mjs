/**
 * Carries out examples/docker/Dockerfile without a container engine and renders with what comes of it: a
 * Debian of debootstrap stands for the base image, a chroot with namespaces of its own for the container.
 * Needs root, Linux, debootstrap and the network of Debian and npm.
 *
 * npm run image:proof -- [options]
 *   --root DIR   folder of the image; kept, and not built again (default: a new one, removed at the end)
 */
import assert from "node:assert/strict";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { nodeForCli } from "../../scripts/lib/cli-node.mjs";
import { npm, ROOT } from "../../scripts/lib/run.mjs";
import { materializeProject } from "../../scripts/materialize.mjs";
import { makePlatformPackages } from "../../scripts/platform-packages.mjs";
import { probe } from "../e2e/support/video.mjs";
import { assignments, readDockerfile } from "./dockerfile.mjs";
import { makeBase, npmFolder, runInRoot, signalFirst, startInRoot } from "./root.mjs";

const SOURCE = join(ROOT, "examples", "docker");
const TEST_MS = 40 * 60_000;
/** `docker stop` kills after that long. */
const STOP_MS = 10_000;
/** Whom this machine trusts; its way to a registry may need more than Debian's. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const BASE_ENV = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
/** The user of the base image, and one that it does not know. */
const NODE_USER = 1000;
const OTHER_USER = 4711;
const FRAMES = 180;

const { values } = parseArgs({ options: { root: { type: "string" } } });

/** Puts the packages beside a copy of the Dockerfile, as docs/integration.md says. */
async function packInto(context) {
  cpSync(SOURCE, context, { recursive: true, filter: (path) => !path.endsWith(".tgz") });
  await makePlatformPackages({ addons: join(ROOT, "native") });
  const platform = join(ROOT, "npm", "linux-x64-gnu");
  const packages = [ROOT, platform];
  const pack = ["pack", "--ignore-scripts", "--pack-destination", context, ...packages];
  await npm(pack, { output: "capture" });
  const ignored = readFileSync(join(context, ".dockerignore"), "utf8");
  assert.equal(ignored, "*\n!*.tgz\n", "what is left out of the context");
  return readdirSync(context).filter((name) => name.endsWith(".tgz"));
}

/** Carries the instructions out. Gives how the image starts. */
async function build(root, context, buildArgs) {
  const image = { env: { ...BASE_ENV }, cwd: "/", user: "0:0", words: [] };
  const args = {};
  const { output } = await npm(["config", "get", "registry"], { output: "capture" });
  const registry = { npm_config_registry: output.trim(), NODE_EXTRA_CA_CERTS: CERTIFICATES };
  const trusted = { from: dirname(CERTIFICATES), to: dirname(CERTIFICATES), readOnly: true };
  for (const { name, text, words } of readDockerfile(
    readFileSync(join(context, "Dockerfile"), "utf8"),
  )) {
    const known = { ...args, ...image.env };
    const began = performance.now();
    if (name === "FROM") assert.equal(text, "node:22-bookworm-slim");
    else if (name === "ARG") {
      for (const [key, value] of assignments(text, known)) args[key] = buildArgs[key] ?? value;
    } else if (name === "ENV")
      Object.assign(image.env, Object.fromEntries(assignments(text, known)));
    else if (name === "WORKDIR") {
      image.cwd = text;
      mkdirSync(join(root, text), { recursive: true });
    } else if (name === "USER") {
      const line = readFileSync(join(root, "etc", "passwd"), "utf8")
        .split("\n")
        .find((entry) => entry.startsWith(`${text}:`));
      image.user = line.split(":").slice(2, 4).join(":");
    } else if (name === "COPY") {
      const [from, to] = text.split(" ");
      assert.equal(from, ".");
      mkdirSync(join(root, to), { recursive: true });
      for (const file of readdirSync(context).filter((entry) => entry.endsWith(".tgz"))) {
        cpSync(join(context, file), join(root, to, file));
      }
    } else if (name === "RUN") {
      const env = { ...image.env, ...args, ...registry };
      const { cwd, user } = image;
      await runInRoot(root, ["/bin/sh", "-c", text], { env, cwd, user, volumes: [trusted] });
    } else if (name === "ENTRYPOINT") image.words = words;
    else if (name === "CMD") image.flags = words;
    else throw new Error(`${name} is not known here`);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (name === "RUN") console.log(`# ${seconds} s  ${name} ${text.slice(0, 60)}`);
  }
  return image;
}

test("the image of examples/docker", { timeout: TEST_MS }, async (t) => {
  const work = mkdtempSync(join(tmpdir(), "hf-image-"));
  t.after(() => rmSync(work, { recursive: true, force: true }));
  const root = resolve(values.root ?? join(work, "root"));
  mkdirSync(root, { recursive: true });
  const state = `${root}.json`;
  if (!existsSync(state)) {
    const context = join(work, "context");
    const packages = await packInto(context);
    assert.equal(packages.length, 2, "the package and its addon");
    await makeBase(root, { node: nodeForCli(), npmFolder: await npmFolder() });
    const image = await build(root, context, { PRODUCER_NATIVE: "/packages/*.tgz" });
    writeFileSync(state, JSON.stringify(image));
  }
  const image = JSON.parse(readFileSync(state, "utf8"));

  const project = join(work, "project");
  await materializeProject(join(ROOT, "examples", "launch"), project);
  /** Starts the image as `docker run` does, with a project that cannot be written. */
  const container = (
    name,
    { flags = image.flags, user = NODE_USER, env = {}, ...options } = {},
  ) => {
    const out = join(work, name);
    mkdirSync(out);
    chownSync(out, user, user);
    const started = startInRoot(root, [...image.words, ...flags], {
      env: { ...image.env, HYPERFRAMES_NATIVE: "only", HYPERFRAMES_TELEMETRY: "0", ...env },
      cwd: image.cwd,
      user: user === NODE_USER ? image.user : `${user}:${user}`,
      volumes: [
        { from: project, to: "/project", readOnly: true },
        { from: out, to: "/out" },
      ],
      ...options,
    });
    return { ...started, out };
  };

  await t.test("renders /project to /out as the user of the image", async () => {
    const { done, out } = container("plain");
    const { code, text } = await done;
    assert.equal(code, 0, text);
    assert.deepEqual(readdirSync(out), ["video.mp4"]);
    const { frames, codec, width, height } = probe(join(out, "video.mp4"));
    assert.deepEqual([frames, codec, width, height], [FRAMES, "h264", 1920, 1080]);
    assert.equal(statSync(join(out, "video.mp4")).uid, NODE_USER);
  });

  await t.test("with flags, another user, read-only, no network, no new privileges", async () => {
    const { done, out } = container("bare", {
      flags: ["--output", "/out/short.webm", "--format", "webm", "--quality", "draft", "--debug"],
      user: OTHER_USER,
      readOnly: true,
      temporary: ["/tmp", "/home/renders"],
      network: false,
      privileges: false,
    });
    const { code, text } = await done;
    assert.equal(code, 0, text);
    assert.match(text, /\[Native\] render finished/);
    assert.match(text, /"lane":"surface"/);
    assert.equal(probe(join(out, "short.webm")).frames, FRAMES);
    assert.equal(statSync(join(out, "short.webm")).uid, OTHER_USER);
  });

  await t.test("docker stop ends a render within its ten seconds", async () => {
    const started = container("stopped", { flags: [...image.flags, "--debug"] });
    await started.printed(/Streaming frame \d+/);
    const began = performance.now();
    signalFirst(started, "SIGTERM");
    const { code } = await started.done;
    assert.ok(performance.now() - began < STOP_MS, "killed");
    assert.notEqual(code, 0);
    assert.deepEqual(readdirSync(started.out), []);
  });
});
