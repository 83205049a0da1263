//! HLS: cutting an encoded video and its sound into the segments of a folder of playlists.

use std::path::Path;
use std::time::Duration;

use super::error::EncodeError;
use super::run::run_ffmpeg_in;
use crate::composition::Fps;
use crate::process::{media_input, words};

/// The playlist that names the others (upstream's name).
const MASTER_PLAYLIST: &str = "master.m3u8";
/// The playlist of the picture's segments.
pub const VIDEO_PLAYLIST: &str = "video.m3u8";
/// Begins the line of a variant, whose address is on the next one.
const VARIANT: &str = "#EXT-X-STREAM-INF:";

/// Frames of a segment of that many seconds, at least one.
pub fn segment_frames(fps: Fps, seconds: u32) -> u64 {
    // Upstream rounds halves up, as `round` does for numbers above 0.
    ((fps.as_f64() * f64::from(seconds)).round() as u64).max(1)
}

/// Makes a folder of playlists and segments.
#[derive(Debug)]
pub struct HlsPackage<'a> {
    /// Encoded frames, with a key frame at the beginning of every segment.
    pub video: &'a Path,
    /// M4A with AAC, as long as the video.
    pub sound: Option<&'a Path>,
    /// The folder to make.
    pub output: &'a Path,
    /// Seconds of a segment, at least 1.
    pub segment_seconds: u32,
}

impl HlsPackage<'_> {
    /// Writes the folder.
    ///
    /// # Errors
    /// [`EncodeError`]; `output` may then hold some of the files.
    pub async fn run(&self, ffmpeg: &Path, deadline: Duration) -> Result<(), EncodeError> {
        let unusable = |path: &Path, error: std::io::Error| EncodeError::Output {
            path: path.to_owned(),
            detail: error.to_string(),
        };
        std::fs::create_dir_all(self.output).map_err(|e| unusable(self.output, e))?;
        // Names are given relative to the folder: ffmpeg would take a `%` in its path for a pattern.
        let what = "HLS packaging";
        run_ffmpeg_in(ffmpeg, what, self.args(), deadline, Some(self.output)).await?;
        let master = self.output.join(MASTER_PLAYLIST);
        let text = std::fs::read_to_string(&master).map_err(|e| unusable(&master, e))?;
        std::fs::write(&master, pictured_variants(&text)).map_err(|e| unusable(&master, e))
    }

    fn args(&self) -> Vec<String> {
        let mut args = media_input(self.video);
        let streams = match self.sound {
            Some(sound) => {
                args.extend(media_input(sound));
                args.extend(words(&["-map", "0:v:0", "-map", "1:a:0"]));
                "v:0,agroup:aud,name:video a:0,agroup:aud,name:audio"
            }
            None => {
                args.extend(words(&["-map", "0:v:0"]));
                "v:0,name:video"
            }
        };
        let seconds = self.segment_seconds.to_string();
        args.extend(words(&["-c", "copy", "-f", "hls", "-hls_time", &seconds]));
        args.extend(words(&["-hls_playlist_type", "vod"]));
        args.extend(words(&["-hls_flags", "independent_segments"]));
        args.extend(words(&["-hls_segment_type", "mpegts"]));
        args.extend(words(&["-var_stream_map", streams]));
        args.extend(words(&["-master_pl_name", MASTER_PLAYLIST]));
        args.extend(words(&["-hls_segment_filename", "%v_%05d.ts"]));
        // Else the first picture has the time 1.4 s.
        args.extend(words(&["-muxdelay", "0", "-muxpreload", "0"]));
        args.extend(words(&["-y", "%v.m3u8"]));
        args
    }
}

/// A master playlist without variants that have no picture: ffmpeg lists the sound as one of its own
/// besides naming it as the pictures' sound.
fn pictured_variants(playlist: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut lines = playlist.split('\n');
    while let Some(line) = lines.next() {
        if line.starts_with(VARIANT) && !line.contains("RESOLUTION=") {
            if kept.last() == Some(&"") {
                kept.pop();
            }
            lines.next();
        } else {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_a_whole_number_of_frames() {
        let frames = |num, den, seconds| segment_frames(Fps::new(num, den).unwrap(), seconds);
        assert_eq!(frames(30, 1, 4), 120);
        assert_eq!(frames(30_000, 1001, 4), 120);
        assert_eq!(frames(30_000, 1001, 60), 1798);
        assert_eq!(frames(1, 1, 1), 1);
    }

    #[test]
    fn command_lines_are_upstreams_but_for_the_folder() {
        let line = |sound| {
            let package = HlsPackage {
                video: Path::new("/v.mp4"),
                sound,
                output: Path::new("/o"),
                segment_seconds: 4,
            };
            crate::process::with_plain_inputs(&package.args())
        };
        let rest = |streams| {
            format!(
                "-c copy -f hls -hls_time 4 -hls_playlist_type vod \
                 -hls_flags independent_segments -hls_segment_type mpegts \
                 -var_stream_map {streams} -master_pl_name master.m3u8 \
                 -hls_segment_filename %v_%05d.ts -muxdelay 0 -muxpreload 0 -y %v.m3u8"
            )
        };
        let silent = rest("v:0,name:video");
        assert_eq!(line(None), format!("-i /v.mp4 -map 0:v:0 {silent}"));
        let sounding = rest("v:0,agroup:aud,name:video a:0,agroup:aud,name:audio");
        assert_eq!(
            line(Some(Path::new("/s.m4a"))),
            format!("-i /v.mp4 -i /s.m4a -map 0:v:0 -map 1:a:0 {sounding}")
        );
    }

    #[test]
    fn the_sound_is_no_variant_of_its_own() {
        let media = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio.m3u8\"";
        let pictured = "#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=160x90\nvideo.m3u8\n";
        let sound = "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\naudio.m3u8\n";
        assert_eq!(
            pictured_variants(&format!("{media}\n{pictured}\n{sound}\n")),
            format!("{media}\n{pictured}\n")
        );
        let silent = format!("{media}\n{pictured}\n");
        assert_eq!(pictured_variants(&silent), silent);
    }
}
