/** Colours for terminals. */
import { styleText } from "node:util";

/** Colours text, or leaves it alone. */
export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** @param colours whether the text goes to where colours are shown */
export const painter =
  (colours: boolean): Paint =>
  (format, text) =>
    colours ? styleText(format, text, { validateStream: false }) : text;

/** Whether to colour what goes to a stream: in a terminal, unless `NO_COLOR`, or where `FORCE_COLOR` asks. */
export function wantsColours(
  { isTTY }: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0";
  return isTTY === true && env.TERM !== "dumb";
}
