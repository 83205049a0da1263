/** A bench's report for people: a table, plain words about it, and a chart. */
import { basename } from "node:path";
import { type Paint, painter } from "../base/paint.js";
import { renderTimesText } from "../progress/times.js";
import { barChart } from "./bar-chart.js";
import type { EngineName, Row } from "./figures.js";
import type { BenchReport } from "./run.js";

const MIB = 2 ** 20;
/** What the engines are called. */
export const ENGINE_TITLES: Record<EngineName, string> = {
  upstream: "HyperFrames engine",
  native: "native engine",
};
/** Ratios between 1 / this and this are called equal: runs differ by as much. */
const EQUAL = 1.08;
/** Runs of one engine that are farther apart than this are named. */
const UNSTEADY = 0.2;
/** From so many decibels on, people see no difference. */
const SAME_TO_THE_EYE = 40;

/** The whole report. */
export function reportText(report: BenchReport, paint: Paint = painter(false)): string {
  const hasFigures = report.rounds.length > 0;
  return [
    ...headLines(report, paint),
    "",
    ...(hasFigures ? [...tableLines(report, paint), ""] : []),
    ...differenceLines(report),
    ...report.failures.map(({ engine, message }) =>
      paint("red", `The ${ENGINE_TITLES[engine]} failed: ${message}`),
    ),
    ...verdictLines(report).map((line, index) => (index === 0 ? paint("bold", line) : line)),
    ...(report.times
      ? ["", `Native engine: ${lowerFirst(renderTimesText(report.times).trimEnd())}`]
      : []),
    "",
  ].join("\n");
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function headLines({ project, film, flags, ...report }: BenchReport, paint: Paint): string[] {
  const { machine } = report;
  const name = project === undefined ? "the sample of this package" : basename(project);
  const size = film
    ? `: ${film.width}x${film.height}, ${film.frames} frames, ${film.duration.toFixed(1)} s`
    : "";
  const runs = report.rounds.length;
  const turns = report.summary.wallSeconds?.ratio === undefined ? "" : " each, in turn";
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB`;
  return [
    paint("bold", `${name}${size}${flags.length > 0 ? `  (${flags.join(" ")})` : ""}`),
    paint(
      "dim",
      `hyperframes ${report.hyperframes}, @hyperframes/producer-native ${report.version}; ` +
        `${machine.cores} cores, ${memory}, ${machine.platform} ${machine.arch}`,
    ),
    paint("dim", `${runs === 1 ? "one run" : `medians of ${runs} runs`}${turns}`),
  ];
}

/** Rows: title, figure, text, and whether less of it is better. */
function tableLines(report: BenchReport, paint: Paint): string[] {
  const { summary, film } = report;
  const engines = (["upstream", "native"] as const).filter(
    (engine) => summary.wallSeconds?.[engine] !== undefined,
  );
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  const mib = (value: number) =>
    value < MIB
      ? `${(value / 1024).toFixed(0)} KiB`
      : `${(value / MIB).toFixed(value < 100 * MIB ? 1 : 0)} MiB`;
  const rates: Row = {};
  for (const engine of engines) {
    const wall = summary.wallSeconds?.[engine] ?? 0;
    if (film && wall > 0) rates[engine] = film.frames / wall;
  }
  const rows: [string, Row | undefined, (value: number) => string][] = [
    ["wall time", summary.wallSeconds, seconds],
    ["frames a second, start included", rates, (value) => value.toFixed(1)],
    ["processor time", summary.cpuSeconds, seconds],
    ["peak memory, all processes", summary.peakBytes, mib],
    ["peak memory, Node alone", summary.nodePeakBytes, mib],
    ["file", summary.outputBytes, mib],
  ];
  const head = ["", ...engines.map((engine) => ENGINE_TITLES[engine])];
  if (engines.length === 2) head.push("HyperFrames / native");
  const cells = rows
    .filter(([, row]) => row && engines.some((engine) => row[engine] !== undefined))
    .map(([title, row = {}, text]) => [
      title,
      ...engines.map((engine) => (row[engine] === undefined ? "-" : text(row[engine]))),
      ...(engines.length === 2 ? [row.ratio === undefined ? "" : `${row.ratio.toFixed(2)}x`] : []),
    ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("   ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 3, -3));
  return [paint("dim", line(head)), paint("dim", rule), ...cells.map(line)];
}

function differenceLines({ picture, sound }: BenchReport): string[] {
  const lines: string[] = [];
  if (picture?.isEqual) lines.push("Picture: equal in every pixel.");
  else if (picture) {
    const worst = picture.worst ?? Number.POSITIVE_INFINITY;
    const words =
      worst >= SAME_TO_THE_EYE
        ? "the same to the eye"
        : `look at it: from ${SAME_TO_THE_EYE} dB on eyes see no difference`;
    lines.push(
      `Picture: ${picture.mean?.toFixed(1)} dB PSNR, ${worst.toFixed(1)} dB in the frame that differs most (${words}).`,
    );
  }
  if (sound?.isEqual) lines.push("Sound: equal in every sample.");
  else if (sound) {
    const [rms, peak] = [sound.rms, sound.peak].map((level) => level?.toFixed(0) ?? "-∞");
    lines.push(`Sound: the difference has ${rms} dB of full scale, ${peak} dB at most.`);
  }
  return lines;
}

/** What the figures say, in plain words. */
export function verdictLines(report: BenchReport): string[] {
  const ratio = report.summary.wallSeconds?.ratio;
  const memory = report.summary.peakBytes?.ratio;
  if (ratio === undefined) return [];
  const lines = [speedWords(ratio)];
  if (memory !== undefined && memory < 1 / EQUAL) {
    lines.push(`It took ${(1 / memory).toFixed(1)} times the memory for that.`);
  }
  const unsteady = mostUnsteady(report);
  if (report.rounds.length === 1) {
    lines.push("One run of each says little: other programs may have taken part of the machine.");
  } else if (unsteady > UNSTEADY) {
    lines.push(
      `Runs of one engine differ by up to ${Math.round(unsteady * 100)} %: other programs used the machine. Try --runs 5.`,
    );
  }
  return lines;
}

function speedWords(ratio: number): string {
  if (ratio >= EQUAL) return `The native engine is ${ratio.toFixed(2)} times as fast here.`;
  if (ratio > 1 / EQUAL) return "The native engine is no faster here: both take the same time.";
  return `The native engine is slower here: it takes ${(1 / ratio).toFixed(2)} times as long.`;
}

/** How far the runs of an engine are apart, as a part of their least. */
function mostUnsteady({ rounds }: BenchReport): number {
  const spread = (engine: EngineName) => {
    const walls = rounds.flatMap((round) => round[engine]?.wallSeconds ?? []);
    return walls.length > 1 ? Math.max(...walls) / Math.min(...walls) - 1 : 0;
  };
  return Math.max(spread("native"), spread("upstream"));
}

/** The wall times as an SVG file: one pair of bars for the medians, and one for each run. */
export function reportChart(report: BenchReport): string {
  const { summary, rounds, film, machine } = report;
  const name = report.project === undefined ? "sample" : basename(report.project);
  const runs = rounds.map((round, index) => ({
    title: `run ${index + 1}`,
    upstream: round.upstream?.wallSeconds,
    native: round.native?.wallSeconds,
  }));
  return barChart({
    title: `Wall time of ${name}${film ? `, ${film.frames} frames of ${film.width}x${film.height}` : ""}`,
    subtitle: `hyperframes ${report.hyperframes}, ${machine.cores} cores; less is better`,
    names: { upstream: ENGINE_TITLES.upstream, native: ENGINE_TITLES.native },
    groups: [{ title: "median", ...summary.wallSeconds }, ...(runs.length > 1 ? runs : [])],
  });
}
