/** Figures of the server in the text format of Prometheus. */
import type { RenderQueue } from "./queue.js";

/** What is counted since the start. */
export class Metrics {
  readonly #renders = { completed: 0, failed: 0, cancelled: 0 };
  readonly #refused = new Map<number, number>();
  #seconds = 0;
  #frames = 0;

  /** Counts a render that has ended. */
  ended(outcome: "completed" | "failed" | "cancelled", seconds: number, frames: number): void {
    this.#renders[outcome] += 1;
    this.#seconds += seconds;
    this.#frames += frames;
  }

  /** Counts a request that was refused. */
  refused(status: number): void {
    this.#refused.set(status, (this.#refused.get(status) ?? 0) + 1);
  }

  /** The page that Prometheus reads. */
  text(queue: RenderQueue, uptimeSeconds: number): string {
    const lines: string[] = [];
    const family = (name: string, kind: "counter" | "gauge", help: string, rows: string[]) =>
      lines.push(
        `# HELP hyperframes_${name} ${help}`,
        `# TYPE hyperframes_${name} ${kind}`,
        ...rows.map((row) => `hyperframes_${name}${row}`),
      );
    family(
      "renders_total",
      "counter",
      "Renders that have ended.",
      Object.entries(this.#renders).map(([outcome, n]) => `{outcome="${outcome}"} ${n}`),
    );
    const refused = [...this.#refused].map(([status, n]) => `{status="${status}"} ${n}`);
    family("refused_total", "counter", "Requests that were refused.", refused);
    family("render_seconds_total", "counter", "Wall time of renders.", [` ${this.#seconds}`]);
    family("frames_total", "counter", "Frames of renders that were completed.", [
      ` ${this.#frames}`,
    ]);
    family("renders_active", "gauge", "Renders that run.", [` ${queue.active}`]);
    family("renders_queued", "gauge", "Renders that wait.", [` ${queue.waiting}`]);
    family("memory_bytes", "gauge", "Resident memory of the server's process.", [
      ` ${process.memoryUsage.rss()}`,
    ]);
    family("uptime_seconds", "gauge", "Time since the start.", [` ${uptimeSeconds}`]);
    return `${lines.join("\n")}\n`;
  }
}
