/** Turning the native core's events into job state and log lines. */
import type { Logger } from "../base/types.js";
import type { NativeEvent } from "../wire/generated.js";
import type { JobTracker } from "./job-tracker.js";

/** 100 % is reported only once the file is in place. */
const MAX_RUNNING_PERCENT = 99;

/** Applies one event to the job, or passes it on to the logger. */
export function applyEvent(
  event: NativeEvent,
  tracker: JobTracker,
  logger: Logger | undefined,
): void {
  const { job } = tracker;
  switch (event.type) {
    case "progress": {
      const { status, message, percent, stage, framesRendered, totalFrames } = event;
      if (framesRendered !== undefined) job.framesRendered = framesRendered;
      if (totalFrames !== undefined) job.totalFrames = totalFrames;
      tracker.update(status, message, Math.min(percent, MAX_RUNNING_PERCENT), stage);
      break;
    }
    case "heartbeat":
      tracker.beat(event.awaits);
      break;
    case "probed":
      job.duration = event.duration;
      job.totalFrames = event.totalFrames;
      break;
    case "warning":
      tracker.warn({
        code: event.code,
        message: event.message,
        stage: "capture-readiness",
        ...(event.details ? { details: detailsOf(event.code, event.details) } : {}),
      });
      break;
    case "log":
      logger?.[event.level]?.(event.message, event.meta);
      break;
  }
}

/** Upstream's readers look for compositions without a timeline under a name of their own. */
function detailsOf(code: string, details: Record<string, unknown>): Record<string, unknown> {
  if (code !== "sub_timeline_readiness_timeout") return details;
  return { ...details, pendingCompositionIds: details.sources };
}
