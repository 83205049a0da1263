/**
 * The folder of a render: its plan, its chunks and the joined result. Whatever is in it under its own
 * name is whole: it was made under another one and moved there. So a machine that dies leaves nothing
 * that another one could take for finished, and what is finished is never made again.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, cp, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { EffectiveChunkResult } from "../chunks/distributed-types.js";
import type { ChunkRender, FleetRender, PlannedRender, RenderResult } from "./options.js";

/** What is kept of a chunk, so that joining needs no job of it. */
export type ChunkFacts = Pick<EffectiveChunkResult, "framesEncoded" | "sha256">;

export class RenderFolder {
  readonly #dir: string;
  readonly #isFolder: boolean;
  readonly #extension: string;

  constructor(readonly render: FleetRender | ChunkRender) {
    this.#dir = join(render.workDir, render.id);
    const { format } = render.config;
    this.#isFolder = format === "png-sequence";
    this.#extension = this.#isFolder ? "" : `.${format}`;
  }

  get planDir(): string {
    return join(this.#dir, "plan");
  }

  chunk(index: number): string {
    return join(this.#dir, "chunks", `${index}${this.#extension}`);
  }

  /** Whether the render was cancelled. */
  get isCancelled(): boolean {
    return existsSync(join(this.#dir, "cancelled"));
  }

  async cancel(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    await writeFile(join(this.#dir, "cancelled"), "");
  }

  /** Takes a cancellation back. */
  async resume(): Promise<void> {
    await rm(join(this.#dir, "cancelled"), { force: true });
  }

  /**
   * The plan, made by `make` into the folder that it is given unless it is there. `of` names what it is
   * made of: the plan of something else is dropped with its chunks. Without it any plan will do.
   */
  async plan(
    of: string | undefined,
    make: (dir: string) => Promise<PlannedRender>,
  ): Promise<PlannedRender> {
    const facts = join(this.#dir, "planned.json");
    const found = await this.#planned();
    if (found && (of === undefined || found.of === of)) return found;
    if (found) await this.clean();
    const staged = await this.#staged("plan");
    try {
      const planned = await make(staged);
      // A machine that was taken for dead may have made one meanwhile, which is in use.
      const other = await this.#planned();
      if (other) return other;
      // One that another attempt has left without its facts.
      await rm(this.planDir, { recursive: true, force: true });
      await rename(staged, this.planDir);
      await this.#write(facts, { ...planned, ...(of === undefined ? {} : { of }) });
      return planned;
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
  }

  #planned() {
    return readJson<PlannedRender & { of?: string }>(join(this.#dir, "planned.json"));
  }

  /** A chunk, made by `make` at the path that it is given unless it is there. */
  async chunkOf(
    index: number,
    make: (path: string) => Promise<ChunkFacts>,
  ): Promise<ChunkFacts & { isNew: boolean }> {
    const target = this.chunk(index);
    const facts = `${target}.json`;
    const found = await readJson<ChunkFacts>(facts);
    if (found) return { ...found, isNew: false };
    await mkdir(dirname(target), { recursive: true });
    const staged = await this.#staged(`chunk-${index}`, this.#extension);
    try {
      const { framesEncoded, sha256 } = await make(staged);
      // As above.
      const other = await readJson<ChunkFacts>(facts);
      if (other) return { ...other, isNew: false };
      if (this.#isFolder) await rm(target, { recursive: true, force: true });
      await rename(staged, target);
      await this.#write(facts, { framesEncoded, sha256 });
      return { framesEncoded, sha256, isNew: true };
    } finally {
      await rm(staged, { recursive: true, force: true });
      await rm(`${staged}.perf.json`, { force: true });
    }
  }

  /** What came of the render, once it has been put in place. */
  result(): Promise<RenderResult | undefined> {
    return readJson<RenderResult>(join(this.#dir, "result.json"));
  }

  /**
   * Puts the joined chunks in place, made by `make` at the path that it is given. Where two machines do
   * so, the first one's file is the result, and the other's is dropped.
   */
  async assembled(make: (path: string) => Promise<unknown>): Promise<RenderResult> {
    const claim = join(this.#dir, `assembled${this.#extension}`);
    if (!existsSync(claim)) {
      const staged = await this.#staged("assembled", this.#extension);
      try {
        await make(staged);
        // Fails where one is there.
        await (this.#isFolder ? rename(staged, claim) : link(staged, claim)).catch((error) => {
          if (!existsSync(claim)) throw error;
        });
      } finally {
        await rm(staged, { recursive: true, force: true });
      }
    }
    const outputPath = resolve(this.render.outputPath);
    await mkdir(dirname(outputPath), { recursive: true });
    await this.#publish(claim, outputPath);
    const { totalFrames } = (await this.#planned()) ?? { totalFrames: 0 };
    const fileSize = this.#isFolder ? 0 : (await stat(outputPath)).size;
    const result = { outputPath, framesEncoded: totalFrames, fileSize };
    await this.#write(join(this.#dir, "result.json"), result);
    return result;
  }

  /** Removes everything but what came of the render. */
  async clean(): Promise<void> {
    const parts = ["planned.json", "plan", "chunks", "staged", `assembled${this.#extension}`];
    for (const part of parts) await rm(join(this.#dir, part), { recursive: true, force: true });
  }

  async #publish(claim: string, outputPath: string): Promise<void> {
    const staged = `${outputPath}.${randomUUID()}`;
    try {
      if (this.#isFolder) {
        await cp(claim, staged, { recursive: true });
        // A folder can't be renamed over: the old one steps aside first.
        const aside = `${staged}-old`;
        await rename(outputPath, aside).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOENT") throw error;
        });
        await rename(staged, outputPath);
        await rm(aside, { recursive: true, force: true });
        return;
      }
      // Of another file system it is a copy.
      await link(claim, staged).catch(() => copyFile(claim, staged));
      await rename(staged, outputPath);
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
  }

  async #staged(what: string, extension = ""): Promise<string> {
    const dir = join(this.#dir, "staged");
    await mkdir(dir, { recursive: true });
    return join(dir, `${what}-${randomUUID()}${extension}`);
  }

  async #write(path: string, value: object): Promise<void> {
    const staged = await this.#staged("facts");
    await writeFile(staged, `${JSON.stringify(value)}\n`);
    await rename(staged, path);
  }
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
