/**
 * The script that upstream's compile stage runs in place of ffprobe. It answers a search for
 * keyframes with "none", and tells the length of files that tell none themselves, as browsers'
 * recorders write them: upstream would take such a clip to last no time. Films without sound get a
 * silent stream: upstream refuses elements that sound where the file has none, and they are silent
 * in previews. It refuses what is no file: a named pipe would be waited for; and playlists, which would
 * have ffprobe open other files.
 */
import { MEDIA_FORMATS } from "../wire/generated.js";

/** The ffprobe argument that only the search for keyframes has. */
export const KEYFRAMES_ONLY = "nokey";

/** Formats of film and sound that may come without a length, by the first of ffmpeg's names. */
const WITHOUT_LENGTH = ["matroska", "mov", "flv", "ogg", "mpegts"];

/** How the part of ffprobe's JSON begins that may lack a length. */
const FORMAT = '"format": {';

/** Formats of pictures, which are no films although ffprobe lists them as video. */
const PICTURES = ["image2", "gif", "apng", "webp", "ico", "tty"];

/** A sounding stream in ffprobe's JSON, as far as upstream reads it. */
const SILENCE =
  '{"codec_name": "pcm_s16le", "codec_type": "audio", "sample_rate": "48000", "channels": 2}';

/**
 * @param ffprobe the real one
 * @param limit words before it that end it when it hangs, empty where the system has none
 */
export function ffprobeScript(ffprobe: string, limit = ""): string {
  const limits = `-protocol_whitelist file -format_whitelist ${MEDIA_FORMATS}`;
  const real = `${limit} '${ffprobe.replaceAll("'", "'\\''")}' ${limits}`;
  const named = (name: string) => `*'"format_name": "${name}'*`;
  const formats = WITHOUT_LENGTH.map(named).join("|");
  const pictures = [...PICTURES.map(named), `*'"format_name": "'*'_pipe"'*`].join("|");
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
[ "$format" = "$answer" ] && {
  printf '%s\\n' "$answer"
  exit $status
}
before=\${answer%%'${FORMAT}'*}
[ -n "$seconds" ] && format="
        \\"duration\\": \\"$seconds\\",$format"
case $answer in
*'"codec_type": "audio"'* | ${pictures}) ;;
*'"streams": ['*)
  streams=\${before%]*}
  case $streams in
  *'}'*) streams=$streams, ;;
  esac
  before="$streams${SILENCE.replaceAll('"', '\\"')}],"
  ;;
esac
printf '%s${FORMAT}%s\\n' "$before" "$format"
exit $status
`;
}
