/** The command `hyperframes-native bench`. */
import { existsSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "../base/errors.js";
import { painter, wantsColours } from "../base/paint.js";
import type { EngineName } from "../bench/figures.js";
import { ENGINE_TITLES, reportChart, reportText } from "../bench/report.js";
import { runBench } from "../bench/run.js";
import { Shown } from "../progress/line.js";
import { Meter } from "../progress/view.js";
import { findCli, NO_CLI } from "./find-cli.js";

const HELP = `hyperframes-native bench [project] [options]
  Renders your composition with the HyperFrames engine and with the native one, in turn, and shows
  time, memory, file size and how far picture and sound are apart.

  project                 a folder; default: this one if it has an index.html, else a small sample
  -c, --composition FILE  as of render: another file than index.html
  -q, --quality QUALITY   as of render
  -f, --fps FPS           as of render
  --runs N                renders of each engine, 1 to 20 (default 2)
  --only-native           leave out the HyperFrames engine
  --svg FILE              also draw the wall times
  --json                  print the report as JSON; progress goes to stderr in both cases

  Ends with 1 where a render failed; the figures of the other engine are shown all the same.
`;

const MOST_RUNS = 20;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The command line, checked. */
interface Request {
  project?: string | undefined;
  flags: string[];
  runs: number;
  engines: EngineName[];
  svg?: string | undefined;
  json: boolean;
}

class UsageError extends Error {}

/** @param args those behind \`bench\` */
export async function bench(args: readonly string[]): Promise<void> {
  let request: Request | undefined;
  try {
    request = readRequest(args);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`hyperframes-native bench: ${messageOf(error)}\n${isUsage ? HELP : ""}`);
    process.exitCode = isUsage ? 2 : 1;
    return;
  }
  if (!request) process.stdout.write(HELP);
  else await measure(request);
}

async function measure(request: Request): Promise<void> {
  const cli = findCli(process.cwd());
  if (!cli) {
    process.stderr.write(`hyperframes-native bench: ${NO_CLI}\n`);
    process.exitCode = 1;
    return;
  }
  const interruption = new AbortController();
  const handlers = SIGNALS.map((name) => {
    const handler = () => {
      process.exitCode = 128 + constants.signals[name];
      interruption.abort(new Error(`stopped by ${name}`));
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  const shown = new Shown(process.stderr);
  let label = "";
  let meter = new Meter();
  try {
    const report = await runBench({
      ...request,
      cliVersion: cli.version,
      scripts: {
        upstream: cli.bin,
        native: fileURLToPath(new URL("../../bin/hyperframes-native.js", import.meta.url)),
      },
      signal: interruption.signal,
      onRender(engine, number, of) {
        label = `render ${number} of ${of}, ${ENGINE_TITLES[engine]}`;
        meter = new Meter();
        shown.end();
        shown.show({ percent: 0, stage: "starting" }, label);
      },
      onNews({ code, percent, done, total }) {
        const news = { code, percent, done, total, stage: code.replaceAll("_", " ") };
        shown.show(meter.update(news, performance.now()), label);
      },
      onStage(stage) {
        shown.end();
        shown.show({ percent: 100, stage });
      },
    });
    shown.end();
    if (request.svg !== undefined && report.rounds.length > 0) {
      writeFileSync(request.svg, reportChart(report));
    }
    const text = request.json
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : reportText(report, painter(wantsColours(process.stdout)));
    process.stdout.write(text);
    process.exitCode = report.failures.length > 0 ? 1 : 0;
  } catch (error) {
    shown.end();
    process.stderr.write(`hyperframes-native bench: ${messageOf(error)}\n`);
    if (!interruption.signal.aborted) process.exitCode = 1;
  } finally {
    for (const off of handlers) off();
  }
}

/** @returns undefined when help is asked for */
function readRequest(args: readonly string[]): Request | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  if (positionals.length > 1) throw new UsageError(`one project, not ${positionals.join(" ")}`);
  const runs = values.runs === undefined ? 2 : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) {
    throw new UsageError(`--runs is ${values.runs}; use a whole number from 1 to ${MOST_RUNS}`);
  }
  const { composition, quality, fps } = values;
  const entry = composition === undefined || composition === "." ? "index.html" : composition;
  const [named] = positionals;
  const isHere = named === undefined && existsSync(entry);
  const project = named !== undefined || isHere ? resolve(named ?? ".") : undefined;
  if (project === undefined && composition !== undefined) {
    throw new Error(`no project here: ${resolve(entry)} does not exist`);
  }
  if (project !== undefined && !existsSync(join(project, entry))) {
    throw new Error(`no project there: ${join(project, entry)} does not exist`);
  }
  return {
    project,
    flags: [
      ...(composition === undefined ? [] : ["--composition", composition]),
      ...(quality === undefined ? [] : ["--quality", quality]),
      ...(fps === undefined ? [] : ["--fps", fps]),
    ],
    runs,
    engines: values["only-native"] ? ["native"] : ["upstream", "native"],
    svg: values.svg,
    json: values.json ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        composition: { type: "string", short: "c" },
        quality: { type: "string", short: "q" },
        fps: { type: "string", short: "f" },
        runs: { type: "string" },
        "only-native": { type: "boolean" },
        svg: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
