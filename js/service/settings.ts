/** Options of the server, their checks and defaults. */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { createConsoleLogger } from "../api/console-logger.js";
import { type Check, callable, flag, invalid, oneOf, record, text, whole } from "../base/checks.js";
import { NativeRenderError } from "../base/errors.js";
import {
  PAGE_FILES,
  PAGE_NETWORKS,
  type PageFiles,
  type PageNetwork,
  pageLimitsOf,
} from "../base/page-limits.js";
import type { Logger } from "../base/types.js";

/** Options of {@link startServer}. Those up to `maxConcurrentRenders` are upstream's. */
export interface ServerOptions {
  /** Default `PRODUCER_PORT`, else 9847; 0 takes any free one. */
  port?: number;
  logger?: Logger;
  /** Where results are written; default `PRODUCER_RENDERS_DIR`, else the folder for temporary files. */
  rendersDir?: string;
  /** Path under which results are downloaded; default `/outputs`. */
  outputUrlPrefix?: string;
  /**
   * How long a result can be downloaded, in ms; default `PRODUCER_OUTPUT_ARTIFACT_TTL_MS`, else
   * 15 minutes.
   */
  artifactTtlMs?: number;
  /** Default `PRODUCER_MAX_CONCURRENT_RENDERS`, else 2. */
  maxConcurrentRenders?: number;
  /** Address to listen on; default `127.0.0.1`. */
  host?: string;
  /** What clients have to send as `Authorization: Bearer`; default `HYPERFRAMES_NATIVE_SERVER_TOKEN`. */
  token?: string;
  /** Renders that may wait; default 200. More are refused. */
  maxQueuedRenders?: number;
  /** Bytes of a request's body, and of a page that `previewUrl` gives; default 8 MiB. */
  maxBodyBytes?: number;
  /** Folders that projects must be in; default: any. */
  projectDirs?: readonly string[];
  /** Folders that `outputPath` must be in; default: any. Results without one go to `rendersDir`. */
  outputDirs?: readonly string[];
  /** Lets `previewUrl` name hosts of this machine and of private networks; default false. */
  allowPrivateUrls?: boolean;
  /**
   * What pages and the compile stage reach on the network: the `public` internet (default), `all` that
   * the machine reaches, or `none`. Default: `HF_NATIVE_PAGE_NETWORK`, else `public`.
   */
  pageNetwork?: PageNetwork;
  /**
   * Files that compositions may use: those of their `project` (default), or `all` that they name.
   * Default: `HF_NATIVE_PAGE_FILES`, else `project`.
   */
  pageFiles?: PageFiles;
  /** How long renders may go on after SIGTERM, SIGINT or `drain`, in ms; default 30000. */
  drainMs?: number;
  /** End the process after SIGTERM or SIGINT, once drained; default true. */
  handleSignals?: boolean;
}

/** Options with all defaults. */
export type ServerSettings = Required<Omit<ServerOptions, "token">> & { token?: string };

const folders: Check = (v) =>
  Array.isArray(v) && v.length > 0 && v.every((one) => text(one) === undefined)
    ? undefined
    : "a list of folders";

const CHECKS: Record<keyof ServerOptions, Check> = {
  port: whole(0, 65535),
  logger: record,
  rendersDir: text,
  outputUrlPrefix: (v) =>
    typeof v === "string" && /^(?:\/[\w.-]+)+$/.test(v) ? undefined : "a path such as /outputs",
  artifactTtlMs: whole(1),
  maxConcurrentRenders: whole(1),
  host: text,
  token: text,
  maxQueuedRenders: whole(0),
  maxBodyBytes: whole(1),
  projectDirs: folders,
  outputDirs: folders,
  allowPrivateUrls: flag,
  pageNetwork: oneOf(...PAGE_NETWORKS),
  pageFiles: oneOf(...PAGE_FILES),
  drainMs: whole(0),
  handleSignals: flag,
};
/** Of upstream's options, what this server has no use for. */
const IGNORED: Record<string, Check> = { getRequestId: callable };

/**
 * Checks options and adds what the environment and the defaults say.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the option or the variable
 */
export function serverSettings(
  options: ServerOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): ServerSettings {
  const expected = record(options);
  if (expected !== undefined) throw invalid("options", expected, options);
  for (const [name, value] of Object.entries(options)) {
    const check = (CHECKS as Record<string, Check>)[name] ?? IGNORED[name];
    if (!check) {
      throw new NativeRenderError(
        "HF_NATIVE_INVALID_OPTION",
        `Unknown option "${name}". Known options: ${Object.keys(CHECKS).join(", ")}.`,
      );
    }
    const wanted = value === undefined ? undefined : check(value);
    if (wanted !== undefined) throw invalid(name, wanted, value);
  }
  const number = (option: keyof ServerOptions, variable: string, fallback: number): number => {
    const given = env[variable]?.trim();
    if (options[option] !== undefined) return options[option] as number;
    if (!given) return fallback;
    const wanted = CHECKS[option](Number(given));
    if (wanted !== undefined) throw invalid(variable, wanted, given);
    return Number(given);
  };
  const limits = pageLimitsOf(options, {
    HF_NATIVE_PAGE_NETWORK: env.HF_NATIVE_PAGE_NETWORK?.trim() || "public",
    HF_NATIVE_PAGE_FILES: env.HF_NATIVE_PAGE_FILES?.trim() || "project",
  });
  const token = options.token ?? (env.HYPERFRAMES_NATIVE_SERVER_TOKEN?.trim() || undefined);
  return {
    port: number("port", "PRODUCER_PORT", 9847),
    logger: options.logger ?? createConsoleLogger("info"),
    rendersDir: resolve(options.rendersDir ?? env.PRODUCER_RENDERS_DIR ?? tmpdir()),
    outputUrlPrefix: options.outputUrlPrefix ?? "/outputs",
    artifactTtlMs: number("artifactTtlMs", "PRODUCER_OUTPUT_ARTIFACT_TTL_MS", 15 * 60_000),
    maxConcurrentRenders: number("maxConcurrentRenders", "PRODUCER_MAX_CONCURRENT_RENDERS", 2),
    host: options.host ?? "127.0.0.1",
    maxQueuedRenders: options.maxQueuedRenders ?? 200,
    maxBodyBytes: options.maxBodyBytes ?? 8 * 1024 * 1024,
    projectDirs: options.projectDirs ?? [],
    outputDirs: options.outputDirs ?? [],
    allowPrivateUrls: options.allowPrivateUrls ?? false,
    pageNetwork: limits.network,
    pageFiles: limits.files,
    drainMs: options.drainMs ?? 30_000,
    handleSignals: options.handleSignals ?? true,
    ...(token === undefined ? {} : { token }),
  };
}
