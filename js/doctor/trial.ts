/** A small render from the first step to the last: what works is shown by doing it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderJob } from "../api/render-job.js";
import { messageOf } from "../base/errors.js";
import { bad, type Finding, note, ok } from "./finding.js";

const DEADLINE_MS = 120_000;
const FPS = 10;
/** Something moves in each of five frames, and there is text. */
const PAGE = `<!doctype html>
<html><head><meta charset="utf-8"><style>
  @keyframes across { to { transform: translateX(200px) } }
  #box { position: absolute; width: 60px; height: 60px; background: #e63; animation: across 0.5s linear both }
</style></head><body style="margin: 0">
<div data-composition-id="doctor" data-width="320" data-height="180" data-duration="0.5" data-no-timeline
  style="position: relative; width: 320px; height: 180px; background: #fff">
  <p>Doctor</p><div id="box"></div>
</div></body></html>
`;

/** What the core says of a render, as far as it is looked at here. */
interface NativeFacts {
  mode?: string;
  lane?: string;
  budget?: { totalMib?: number };
}

/** Renders half a second and says how. */
export async function trial(): Promise<Finding[]> {
  const dir = mkdtempSync(join(tmpdir(), "hf-native-doctor-"));
  const notes: string[] = [];
  try {
    writeFileSync(join(dir, "index.html"), PAGE);
    const result = await renderJob({
      projectDir: dir,
      outputPath: join(dir, "doctor.mp4"),
      fps: FPS,
      quality: "draft",
      signal: AbortSignal.timeout(DEADLINE_MS),
      logger: quiet(notes),
    });
    if (result.engine !== "native") {
      const why = result.reasons.map(({ message }) => message).join(", ");
      return [
        bad("trial render", `the HyperFrames engine made it: ${why}`, "See the lines above."),
      ];
    }
    const seconds = ((result.perfSummary?.totalElapsedMs ?? 0) / 1000).toFixed(1);
    const facts = (result.perfSummary as { native?: NativeFacts } | undefined)?.native ?? {};
    return [
      ok("trial render", `${result.totalFrames} frames in ${seconds} s`),
      ...ways(facts, result.plan),
      ...sandbox(notes),
    ];
  } catch (error) {
    const { code } = error as { code?: string };
    const fix = code ? `Look for ${code} in docs/errors.md.` : "Report it with this text.";
    return [bad("trial render", messageOf(error), fix)];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function ways(facts: NativeFacts, plan: Record<string, unknown> | undefined): Finding[] {
  const total = facts.budget?.totalMib;
  const reasons = ((plan?.capture as { reasons?: unknown[] })?.reasons ?? []).map(String);
  const because = reasons.length > 0 ? `, because of ${reasons.join(", ")}` : "";
  return [
    facts.mode === "beginframe"
      ? ok("frames on command (BeginFrame)", "yes")
      : note(
          "frames on command (BeginFrame)",
          `no${because}`,
          "Use a chrome-headless-shell on Linux: `npx hyperframes browser ensure`.",
        ),
    facts.lane === "surface"
      ? ok("pictures from the browser's memory (surface lane)", "yes")
      : note(
          "pictures from the browser's memory (surface lane)",
          `no: the ${facts.lane ?? "screenshot"} lane`,
          "Only on Linux with BeginFrame; a container needs the right to process_vm_readv " +
            "(--cap-add=SYS_PTRACE, or a seccomp profile that has it).",
        ),
    ...(total === undefined ? [] : [ok("memory that renders may take", `${total} MiB`)]),
  ];
}

function sandbox(notes: readonly string[]): Finding[] {
  const without = notes.find((text) => text.includes("without its sandbox"));
  if (without === undefined) return [ok("Chrome's sandbox", "on")];
  const why = without.slice(without.indexOf(":") + 1).trim();
  return [note("Chrome's sandbox", "off", `${why}.`)];
}

function quiet(notes: string[]) {
  const keep = (text: string) => void notes.push(text);
  return { info: keep, warn: keep, error: keep, debug: () => undefined };
}
