/**
 * The script that upstream's compile stage runs in place of ffprobe. It answers a search for
 * keyframes with "none", and tells the length of files that tell none themselves, as browsers'
 * recorders write them: upstream would take such a clip to last no time. It refuses what is no file:
 * a named pipe would be waited for.
 */

/** The ffprobe argument that only the search for keyframes has. */
export const KEYFRAMES_ONLY = "nokey";

/** Formats of film and sound that may come without a length, by the first of ffmpeg's names. */
const WITHOUT_LENGTH = ["matroska", "mov", "flv", "ogg", "mpegts"];

/** How the part of ffprobe's JSON begins that may lack a length. */
const FORMAT = '"format": {';

/** @param ffprobe the real one */
export function ffprobeScript(ffprobe: string): string {
  const real = `'${ffprobe.replaceAll("'", "'\\''")}'`;
  const formats = WITHOUT_LENGTH.map((name) => `*'"format_name": "${name}'*`).join("|");
  return `#!/bin/sh
for word; do
  [ "$word" = ${KEYFRAMES_ONLY} ] && exit 0
  file=$word
done
if [ -e "$file" ] && [ ! -f "$file" ]; then
  echo "$file: not a regular file" >&2
  exit 1
fi
case " $* " in
*" -show_format "*) ;;
*) exec ${real} "$@" ;;
esac
answer=$(${real} "$@")
status=$?
format=\${answer#*'${FORMAT}'}
seconds=
case $format in
*'"duration":'*) ;;
${formats})
  [ "$format" != "$answer" ] && [ -f "$file" ] && seconds=$(
    ${real} -v error -show_entries packet=pts_time,duration_time -of csv=p=0 -- "$file" |
      awk -F, '
        $1 == $1 + 0 && (!seen || $1 < first) { first = $1; seen = 1 }
        $1 == $1 + 0 && $1 + $2 > last { last = $1 + $2 }
        END { if (last > first) printf "%.6f", last - first }'
  )
  ;;
esac
if [ -n "$seconds" ]; then
  printf '%s${FORMAT}\\n        "duration": "%s",%s\\n' "\${answer%%'${FORMAT}'*}" "$seconds" "$format"
else
  printf '%s\\n' "$answer"
fi
exit $status
`;
}
