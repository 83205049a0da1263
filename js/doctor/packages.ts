/** Node, the HyperFrames packages and the addon. */

import { messageOf } from "../base/errors.js";
import { findPackage, packageVersion, readPackage } from "../base/packages.js";
import { nativeMode } from "../job/mode.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import { loadBinding } from "../wire/binding.js";
import { bad, type Finding, note, ok } from "./finding.js";

/** Node that the HyperFrames CLI needs. */
const CLI_NODE_MAJOR = 22;

/** @param cwd where a project would be */
export async function packages(cwd: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  return [node(), addon(), mode(env), await producer(cwd)];
}

function node(): Finding {
  const text = `${process.version}, ${process.platform} ${process.arch}`;
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= CLI_NODE_MAJOR) return ok("Node", text);
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
  const range = String(
    (
      readPackage(new URL("../..", import.meta.url).pathname)?.manifest.peerDependencies as
        | Record<string, string>
        | undefined
    )?.hyperframes ?? "",
  );
  try {
    const upstream = await resolveUpstream(packageFolders(cwd, {}));
    const cli = findPackage("hyperframes", cwd);
    const text = `${upstream.package} ${upstream.version}${cli && cli.version !== upstream.version ? `, CLI ${cli.version}` : ""}`;
    return ok(name, `${text} (supported: ${range})`);
  } catch (error) {
    return bad(name, messageOf(error), "npm install hyperframes");
  }
}
