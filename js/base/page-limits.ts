/** What the pages of a render may reach. */
import { invalid, oneOf } from "./checks.js";

/**
 * What pages reach on the network, beside the servers of their own render: all that the machine
 * reaches, the public internet, nothing.
 */
export type PageNetwork = "all" | "public" | "none";
/** Which files a composition may use: also what it names outside of its project, or its project's. */
export type PageFiles = "all" | "project";

export const PAGE_NETWORKS = ["all", "public", "none"] as const;
export const PAGE_FILES = ["all", "project"] as const;

/** Both. */
export interface PageLimits {
  network: PageNetwork;
  files: PageFiles;
}

/**
 * The limits of a render: those of its configuration, else of the environment, else none.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION`
 */
export function pageLimitsOf(
  config: { pageNetwork?: PageNetwork | undefined; pageFiles?: PageFiles | undefined },
  env: NodeJS.ProcessEnv = process.env,
): PageLimits {
  const { pageNetwork, pageFiles } = config;
  return {
    network: limit("pageNetwork", pageNetwork, "HF_NATIVE_PAGE_NETWORK", PAGE_NETWORKS, env),
    files: limit("pageFiles", pageFiles, "HF_NATIVE_PAGE_FILES", PAGE_FILES, env),
  };
}

/** Whether there are any. */
export function isLimited({ network, files }: PageLimits): boolean {
  return network !== "all" || files !== "all";
}

function limit<T extends string>(
  field: string,
  given: T | undefined,
  variable: string,
  known: readonly [T, ...T[]],
  env: NodeJS.ProcessEnv,
): T {
  const told = given ?? (env[variable]?.trim() || undefined);
  if (told === undefined) return known[0];
  // A word that is not known must not open what somebody wanted closed.
  const expected = oneOf(...known)(told);
  if (expected !== undefined) throw invalid(given === undefined ? variable : field, expected, told);
  return told as T;
}
