/** Node, the HyperFrames packages and the addon. */

import { messageOf } from "../base/errors.js";
import { CLI_NODE_MAJOR, runsCli } from "../base/node-version.js";
import { findPackage, ownPackage, packageVersion } from "../base/packages.js";
import { nativeMode } from "../route/mode.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import { loadBinding } from "../wire/binding.js";
import { bad, type Finding, note, ok } from "./finding.js";

/** @param cwd where a project would be */
export async function packages(cwd: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  return [node(), addon(), mode(env), await producer(cwd)];
}

function node(): Finding {
  const text = `${process.version}, ${process.platform} ${process.arch}`;
  if (runsCli()) return ok("Node", text);
  return note(
    "Node",
    text,
    `The CLI needs ${CLI_NODE_MAJOR}: name one in HYPERFRAMES_NATIVE_NODE. renderJob() works with this one.`,
  );
}

function addon(): Finding {
  const name = "native addon";
  try {
    return ok(
      name,
      `${loadBinding().nativeVersion()} (@hyperframes/producer-native ${packageVersion()})`,
    );
  } catch (error) {
    return bad(
      name,
      messageOf(error),
      "Install @hyperframes/producer-native again, without --omit=optional. Until then the HyperFrames engine renders.",
    );
  }
}

function mode(env: NodeJS.ProcessEnv): Finding {
  const [name, mode] = ["engine", nativeMode(env)];
  if (mode !== "off") return ok(name, mode === "only" ? "native only" : "native, where it can");
  return note(name, "HYPERFRAMES_NATIVE=off gives all renders to HyperFrames", "Unset it.");
}

async function producer(cwd: string): Promise<Finding> {
  const name = "HyperFrames";
  const ranges = ownPackage()?.manifest.peerDependencies as Record<string, string> | undefined;
  const range = ranges?.hyperframes ?? "";
  try {
    const upstream = await resolveUpstream(packageFolders(cwd, {}));
    const cli = findPackage("hyperframes", cwd);
    const text = `${upstream.package} ${upstream.version}${cli && cli.version !== upstream.version ? `, CLI ${cli.version}` : ""}`;
    return ok(name, `${text} (supported: ${range})`);
  } catch (error) {
    return bad(name, messageOf(error), "npm install hyperframes");
  }
}
