/** Finding and loading an installed upstream, for callers that bring none. */
import { messageOf, NativeRenderError } from "../base/errors.js";
import { pageLimitsOf } from "../base/page-limits.js";
import { findInstalled, importMembers, type Members, ORIGINAL, PRODUCER } from "./installed.js";
import type { Upstream, UpstreamNamespace } from "./types.js";

const REQUIRED = ["createRenderJob", "executeRenderJob", "createFileServer"] as const;

/**
 * Finds an installed `@hyperframes/producer`, else the producer inside an installed `hyperframes`.
 * Both are looked up from each of `fromDirs`, then from this package.
 *
 * @throws NativeRenderError `HF_NATIVE_NO_PRODUCER` when neither is installed, or none can be loaded
 */
export async function resolveUpstream(fromDirs: readonly string[]): Promise<Upstream> {
  const problems: string[] = [];
  for (const installed of findInstalled(fromDirs)) {
    const { name, version, dir } = installed.info;
    try {
      const namespace = checked(await importMembers(installed, "."));
      return { namespace, package: name, version, dir };
    } catch (error) {
      problems.push(`${name} ${version} in ${dir}: ${messageOf(error)}`);
    }
  }
  throw noProducer("No HyperFrames package was found that can compile the project.", problems);
}

/**
 * Where an upstream for a project is looked up: next to the project, as its own tools do, and in the
 * working folder. What is found is run in this process, so a project that may use no file outside of
 * it brings none.
 */
export function packageFolders(
  projectDir: string,
  config: Parameters<typeof pageLimitsOf>[0],
): string[] {
  const isTrusted = pageLimitsOf(config).files === "all";
  return isTrusted ? [projectDir, process.cwd()] : [process.cwd()];
}

/**
 * The error for a missing upstream.
 *
 * @param what what was needed, as a sentence
 * @param problems one for each package that was found
 */
export function noProducer(what: string, problems: readonly string[]): NativeRenderError {
  const found = problems.length > 0 ? ` Found, but unusable: ${problems.join("; ")}.` : "";
  return new NativeRenderError(
    "HF_NATIVE_NO_PRODUCER",
    `${what} Install one next to your project: \`npm install hyperframes\` or ` +
      `\`npm install ${PRODUCER}\`; where an override puts this package in its place, ` +
      `\`npm install ${ORIGINAL}@npm:${PRODUCER}\`.${found}`,
    { stage: "compile" },
  );
}

function checked(namespace: Members): UpstreamNamespace {
  for (const name of REQUIRED) {
    if (typeof namespace[name] !== "function") throw new Error(`it exports no ${name}`);
  }
  return namespace as unknown as UpstreamNamespace;
}
