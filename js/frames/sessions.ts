/** The compositions that are open: found again while nothing has changed, bounded, closed when idle. */
import { NativeRenderError } from "../base/errors.js";
import type { OpenComposition } from "./open-composition.js";
import { projectState } from "./project-state.js";

/** What Node's timers can wait for, ms; longer times would be over at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a composition is opened for. */
export interface Request {
  /** Folder of the project, absolute. */
  projectDir: string;
  /** Equal for requests that can share an open composition. */
  key: string;
  open(signal: AbortSignal): Promise<OpenComposition>;
  /** Requests that are one for whoever makes them: files are looked at for the first. */
  stretch?: Stretch;
}

/** What requests that belong together have in common. */
export class Stretch {
  /** The composition of the one before. */
  session: object | undefined;
}

/** Bounds of {@link Sessions}. */
export interface SessionBounds {
  maxSessions: number;
  idleMs: number;
}

/** A composition that is open or opening. */
interface Session {
  key: string;
  state: string | undefined;
  opening: Promise<OpenComposition>;
  abort: AbortController;
  /** Requests that hold it. */
  users: number;
  /** Resolves each time a request lets go of it. */
  released: (() => void)[];
  idle: NodeJS.Timeout | undefined;
  isRetired: boolean;
  ended: Promise<void> | undefined;
  /** Once it is open. */
  composition: OpenComposition | undefined;
}

/** Open compositions by key, the least recently used first. */
export class Sessions {
  readonly #open = new Map<string, Session>();
  /** Also those that others have replaced and that still end. */
  readonly #ending = new Set<Session>();
  /** How often all were closed. */
  #closes = 0;

  constructor(private readonly bounds: SessionBounds) {}

  /**
   * Runs `work` with the open composition of `request`, which is opened first if it is not, or if a
   * file of its project has changed. Nothing is opened for a request whose `signal` is aborted. One that
   * a render has taken the memory of is opened once more.
   *
   * @throws what opening throws, or `work`
   */
  async with<T>(
    request: Request,
    work: (composition: OpenComposition) => Promise<T>,
    isFatal: (error: unknown) => boolean,
    signal: AbortSignal,
  ): Promise<T> {
    for (let isFirst = true; ; isFirst = false) {
      const session = await this.#take(request, signal);
      try {
        const composition = await session.opening;
        signal.throwIfAborted();
        return await work(composition);
      } catch (error) {
        if (isFatal(error)) this.#retire(session);
        if (!isFirst || !session.composition || !hasYielded(error)) throw error;
      } finally {
        this.#release(session);
      }
    }
  }

  /** Closes all. */
  async close(): Promise<void> {
    this.#closes += 1;
    const all = new Set([...this.#open.values(), ...this.#ending]);
    for (const session of all) {
      this.#retire(session);
      void this.#end(session);
      // Who waits for its place hears that there will be none.
      for (const resolve of session.released.splice(0)) resolve();
    }
    await Promise.all([...all].map((session) => session.ended));
    if (this.#open.size === 0) process.removeListener("exit", this.#abandon);
  }

  /** How many are open or opening. */
  get size(): number {
    return this.#open.size;
  }

  async #take(request: Request, signal: AbortSignal): Promise<Session> {
    const { stretch } = request;
    const last = this.#open.get(request.key);
    if (stretch && last && last === stretch.session) return this.#use(last);
    const session = await this.#find(request, signal);
    if (stretch) stretch.session = session;
    return session;
  }

  #use(session: Session): Session {
    // The most recently used is the last.
    this.#open.delete(session.key);
    this.#open.set(session.key, session);
    clearTimeout(session.idle);
    session.users += 1;
    return session;
  }

  /** The composition of the files as they are now. */
  async #find(request: Request, signal: AbortSignal): Promise<Session> {
    const state = projectState(request.projectDir);
    const closes = this.#closes;
    for (;;) {
      const known = this.#open.get(request.key);
      if (known && state !== undefined && known.state === state) return this.#use(known);
      if (known) this.#retire(known);
      if (this.#open.size + this.#ending.size < this.bounds.maxSessions) break;
      await this.#makeRoom();
      signal.throwIfAborted();
      if (this.#closes !== closes) {
        const text = "All compositions were closed while one was waited for.";
        throw new NativeRenderError("HF_NATIVE_FRAME_CLOSED", text);
      }
    }
    if (!process.listeners("exit").includes(this.#abandon)) process.once("exit", this.#abandon);
    const abort = new AbortController();
    const session: Session = {
      key: request.key,
      state,
      opening: request.open(abort.signal),
      abort,
      users: 1,
      released: [],
      idle: undefined,
      isRetired: false,
      ended: undefined,
      composition: undefined,
    };
    session.opening.then(
      (composition) => {
        session.composition = composition;
      },
      // Who has taken it hears of it.
      () => this.#retire(session),
    );
    this.#open.set(session.key, session);
    return session;
  }

  /** Ends the least recently used one that nobody holds, or waits until one is let go or has ended. */
  async #makeRoom(): Promise<void> {
    const idle = [...this.#open.values()].find(({ users }) => users === 0);
    if (idle) this.#retire(idle);
    const ended = [...this.#ending].map((session) => session.ended ?? whenReleased(session));
    await Promise.race([...ended, ...[...this.#open.values()].map(whenReleased)]);
  }

  #release(session: Session): void {
    session.users -= 1;
    for (const resolve of session.released.splice(0)) resolve();
    if (session.users > 0) return;
    if (session.isRetired) {
      void this.#end(session);
      return;
    }
    const idleMs = Math.min(this.bounds.idleMs, LONGEST_TIMER_MS);
    session.idle = setTimeout(() => this.#retire(session), idleMs);
    session.idle.unref();
  }

  /** Takes no new requests for it; it ends when the last one lets go. */
  #retire(session: Session): void {
    if (this.#open.get(session.key) === session) this.#open.delete(session.key);
    if (session.isRetired) return;
    session.isRetired = true;
    clearTimeout(session.idle);
    this.#ending.add(session);
    if (session.users === 0) void this.#end(session);
  }

  #end(session: Session): Promise<void> {
    session.ended ??= (async () => {
      session.abort.abort(new Error("closed"));
      try {
        const opened = await session.opening.catch(() => undefined);
        await opened?.close();
      } catch {
        // What could not be removed stays; the place is free all the same.
      } finally {
        this.#ending.delete(session);
      }
    })();
    return session.ended;
  }

  /** The process ends: browsers are ended at once, and what they wrote goes with them. */
  readonly #abandon = () => {
    for (const session of [...this.#open.values(), ...this.#ending]) {
      session.composition?.abandon();
    }
  };
}

/** An open composition that nobody used gave its memory to a render that waited for it. */
function hasYielded(error: unknown): boolean {
  return error instanceof NativeRenderError && error.code === "HF_NATIVE_BUSY";
}

function whenReleased(session: Session): Promise<void> {
  return new Promise((resolve) => session.released.push(resolve));
}
