/** What the load hook makes a CLI module call: it puts the native engine behind the producer. */
import { watchSetup } from "../hook/early-load.js";
import { noteHits } from "../hook/hits.js";
import type { UpstreamIdentity, UpstreamNamespace } from "../upstream/types.js";

/** The last step of the CLI's setup that has a process of its own: its lint has passed by then. */
const LAST_STEP = "orphan-cleanup";

/**
 * Called by a rewritten CLI module when it is evaluated. While the CLI waits for the processes of its
 * setup, its producer is loaded and the render begun. What fails is tried again by the CLI itself,
 * which reports it.
 *
 * @param loadProducer the module's own function of that name, if it has one
 */
export function noteHook(
  names: string[],
  cli: UpstreamIdentity,
  loadProducer?: () => Promise<UpstreamNamespace>,
): void {
  noteHits(names);
  if (!loadProducer) return;
  let beginning: Promise<{ capture(): void } | undefined> | undefined;
  const end = watchSetup((step) => {
    beginning ??= begin(cli, loadProducer).catch(() => undefined);
    if (step !== LAST_STEP) return;
    end();
    void beginning.then((ahead) => ahead?.capture());
  });
}

async function begin(cli: UpstreamIdentity, loadProducer: () => Promise<UpstreamNamespace>) {
  const [namespace] = await Promise.all([loadProducer(), import("../api/producer.js")]);
  const { beginAhead } = await import("../ahead/ahead.js");
  return beginAhead({ ...cli, namespace }, process.argv.slice(2));
}

/**
 * Called by a rewritten CLI with the producer it loaded. The engine is loaded then and not before:
 * most processes of a CLI never load a producer.
 */
export async function wrapLoaded(
  namespace: UpstreamNamespace,
  cli: UpstreamIdentity,
): Promise<UpstreamNamespace> {
  const { wrapProducer } = await import("../api/producer.js");
  return wrapProducer(namespace, cli);
}
