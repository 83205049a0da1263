//! The last pass over an encoded file.

use std::path::Path;
use std::time::Duration;

use super::args::provenance;
use super::error::EncodeError;
use super::run::run_ffmpeg;
use crate::composition::Fps;
use crate::process::{path_arg, words};

/// Copies an MP4 with its index in front, so that players start before the download ends.
///
/// # Errors
/// [`EncodeError`]; `output` may then hold a partial file.
pub async fn remux_faststart(
    ffmpeg: &Path,
    input: &Path,
    output: &Path,
    fps: Fps,
    renderer_version: &str,
    deadline: Duration,
) -> Result<(), EncodeError> {
    const WHAT: &str = "Faststart";
    let mut args = words(&[
        "-i",
        &path_arg(input),
        "-c",
        "copy",
        "-movflags",
        "+faststart",
    ]);
    args.extend(provenance(renderer_version, true));
    args.extend(words(&["-r", &fps.ffmpeg_arg(), "-y", &path_arg(output)]));
    run_ffmpeg(ffmpeg, WHAT, args, deadline).await
}

/// Containers that hold picture and sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// AAC as it comes, index in front.
    Mp4,
    /// AAC as it comes.
    Mov,
    /// Opus.
    WebM,
}

/// Picture and sound into one file.
#[derive(Debug)]
pub struct Mux<'a> {
    /// Encoded frames.
    pub video: &'a Path,
    /// M4A with AAC, as long as the video.
    pub sound: &'a Path,
    /// The file to write, its extension that of the container.
    pub output: &'a Path,
    /// What it is.
    pub container: Container,
    /// Frame rate.
    pub fps: Fps,
    /// Written as `hyperframes_version`.
    pub renderer_version: &'a str,
}

impl Mux<'_> {
    /// Writes the file.
    ///
    /// # Errors
    /// [`EncodeError`]; `output` may then hold a partial file.
    pub async fn run(&self, ffmpeg: &Path, deadline: Duration) -> Result<(), EncodeError> {
        run_ffmpeg(ffmpeg, "Audio muxing", self.args(), deadline).await
    }

    fn args(&self) -> Vec<String> {
        let (video, sound) = (path_arg(self.video), path_arg(self.sound));
        let mut args = words(&["-i", &video, "-i", &sound, "-c:v", "copy"]);
        args.extend(words(match self.container {
            Container::Mp4 => &["-c:a", "copy", "-movflags", "+faststart"],
            Container::Mov => &["-c:a", "copy"],
            Container::WebM => &["-c:a", "libopus", "-b:a", "128k"],
        }));
        let keep_tags = self.container != Container::WebM;
        args.extend(provenance(self.renderer_version, keep_tags));
        let format = match self.container {
            Container::Mp4 => "mp4",
            Container::Mov => "mov",
            Container::WebM => "webm",
        };
        // Named, because the output may be called anything.
        args.extend(words(&["-r", &self.fps.ffmpeg_arg(), "-f", format]));
        args.extend(words(&["-y", &path_arg(self.output)]));
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // What `ps` shows of upstream 0.8.170, but for the named format.
    #[test]
    fn command_lines_are_upstreams() {
        let args = |container| {
            let mux = Mux {
                video: Path::new("v"),
                sound: Path::new("s.m4a"),
                output: Path::new("o"),
                container,
                fps: Fps::new(30, 1).unwrap(),
                renderer_version: "1",
            };
            mux.args().join(" ")
        };
        let tags = "-metadata hyperframes_renderer=hyperframes -metadata hyperframes_version=1";
        assert_eq!(
            args(Container::Mp4),
            format!(
                "-i v -i s.m4a -c:v copy -c:a copy -movflags +faststart {tags} \
                 -movflags +use_metadata_tags -r 30 -f mp4 -y o"
            )
        );
        assert_eq!(
            args(Container::WebM),
            format!("-i v -i s.m4a -c:v copy -c:a libopus -b:a 128k {tags} -r 30 -f webm -y o")
        );
    }
}
