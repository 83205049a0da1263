//! The last pass over an encoded file.

use std::path::Path;
use std::time::Duration;

use super::args::provenance;
use super::error::EncodeError;
use super::run::run_ffmpeg;
use crate::composition::Fps;
use crate::process::{path_arg, words};

/// Copies an MP4 and puts its index first, so that players can start before the download ends.
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
    let muxer = Container::MP4.muxer;
    args.extend(words(&["-r", &fps.ffmpeg_arg(), "-f", muxer]));
    args.extend(words(&["-y", &path_arg(output)]));
    run_ffmpeg(ffmpeg, WHAT, args, deadline).await
}

/// A container of finished videos, and how sound in AAC is put into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// ffmpeg's name of the muxer.
    muxer: &'static str,
    /// What the sound is encoded with.
    sound_codec: &'static [&'static str],
    /// Whether the index is put first.
    pub index_in_front: bool,
    /// Whether it needs a flag to keep tags that it does not know.
    tags_need_flag: bool,
}

impl Container {
    /// Index first; AAC is copied.
    pub const MP4: Self = Self {
        muxer: "mp4",
        sound_codec: &["-c:a", "copy"],
        index_in_front: true,
        tags_need_flag: true,
    };
    /// AAC is copied.
    pub const MOV: Self = Self {
        muxer: "mov",
        sound_codec: &["-c:a", "copy"],
        index_in_front: false,
        tags_need_flag: true,
    };
    /// Sound is encoded to Opus.
    pub const WEBM: Self = Self {
        muxer: "webm",
        sound_codec: &["-c:a", "libopus", "-b:a", "128k"],
        index_in_front: false,
        tags_need_flag: false,
    };
}

/// Muxes picture and sound into one file.
#[derive(Debug)]
pub struct Mux<'a> {
    /// Encoded frames.
    pub video: &'a Path,
    /// M4A with AAC, as long as the video.
    pub sound: &'a Path,
    /// The file to write.
    pub output: &'a Path,
    /// Its container.
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
        let container = self.container;
        args.extend(words(container.sound_codec));
        if container.index_in_front {
            args.extend(words(&["-movflags", "+faststart"]));
        }
        args.extend(provenance(self.renderer_version, container.tags_need_flag));
        // The muxer is named, because the output may have any extension.
        args.extend(words(&[
            "-r",
            &self.fps.ffmpeg_arg(),
            "-f",
            container.muxer,
        ]));
        args.extend(words(&["-y", &path_arg(self.output)]));
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected arguments: from `ps` while upstream 0.8.170 rendered, plus the named muxer.
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
            args(Container::MP4),
            format!(
                "-i v -i s.m4a -c:v copy -c:a copy -movflags +faststart {tags} \
                 -movflags +use_metadata_tags -r 30 -f mp4 -y o"
            )
        );
        assert_eq!(
            args(Container::WEBM),
            format!("-i v -i s.m4a -c:v copy -c:a libopus -b:a 128k {tags} -r 30 -f webm -y o")
        );
        assert_eq!(
            args(Container::MOV),
            format!(
                "-i v -i s.m4a -c:v copy -c:a copy {tags} -movflags +use_metadata_tags \
                 -r 30 -f mov -y o"
            )
        );
    }
}
