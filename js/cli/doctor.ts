/** The command `hyperframes-native doctor`. */
import { painter, wantsColours } from "../base/paint.js";
import { diagnose, diagnosisText } from "../doctor/index.js";

const HELP = `hyperframes-native doctor [--json]
  Says what renders need on this machine, what is there, and what to do about the rest.
  Ends with 1 where renders do not work. \`hyperframes doctor\` looks at everything else.
`;

/** @param args those behind \`doctor\` */
export async function doctor(args: readonly string[]): Promise<void> {
  const unknown = args.find((arg) => !["--json", "--help", "-h"].includes(arg));
  if (unknown !== undefined) {
    process.stderr.write(`hyperframes-native doctor: there is no option ${unknown}\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  if (args.includes("--help") || args.includes("-h")) return void process.stdout.write(HELP);
  const diagnosis = await diagnose();
  const text = args.includes("--json")
    ? `${JSON.stringify(diagnosis, undefined, 2)}\n`
    : diagnosisText(diagnosis, painter(wantsColours(process.stdout)));
  process.stdout.write(text);
  process.exitCode = diagnosis.healthy ? 0 : 1;
}
