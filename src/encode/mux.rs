//! The last pass over an encoded file.

use std::path::Path;
use std::time::Duration;

use super::args::provenance;
use super::error::EncodeError;
use super::run::run_ffmpeg;
use crate::composition::Fps;
use crate::process::{media_input, path_arg, words};

/// Encoded frames.
#[derive(Debug, Clone, Copy)]
pub enum EncodedVideo<'a> {
    /// In one file.
    File(&'a Path),
    /// In the files of this list, one after the other.
    List(&'a Path),
}

impl EncodedVideo<'_> {
    fn input(self) -> Vec<String> {
        match self {
            Self::File(file) => media_input(file),
            // Packets are taken over as they are: all files have the same parameter sets.
            Self::List(list) => {
                let demuxer = ["-protocol_whitelist", "file", "-f", "concat"];
                let list = ["-auto_convert", "0", "-i", &path_arg(list)];
                words(&[&demuxer[..], &list].concat())
            }
        }
    }
}

/// Copies encoded frames that have no sound into one file.
#[derive(Debug)]
pub struct Join<'a> {
    /// Encoded frames.
    pub video: EncodedVideo<'a>,
    /// The file to write.
    pub output: &'a Path,
    /// Its container. The index is put first where it can be, so that players can start before the
    /// download ends.
    pub container: Container,
    /// Frame rate.
    pub fps: Fps,
    /// Written as `hyperframes_version`.
    pub renderer_version: &'a str,
}

impl Join<'_> {
    /// Writes the file.
    ///
    /// # Errors
    /// [`EncodeError`]; `output` may then hold a partial file.
    pub async fn run(&self, ffmpeg: &Path, deadline: Duration) -> Result<(), EncodeError> {
        run_ffmpeg(ffmpeg, "Faststart", self.args(), deadline).await
    }

    fn args(&self) -> Vec<String> {
        let container = self.container;
        let mut args = self.video.input();
        args.extend(words(&["-c", "copy"]));
        if container.index_in_front {
            args.extend(words(&["-movflags", "+faststart"]));
        }
        args.extend(provenance(self.renderer_version, container.tags_need_flag));
        let fps = self.fps.ffmpeg_arg();
        args.extend(words(&["-r", &fps, "-f", container.muxer]));
        args.extend(words(&["-y", &path_arg(self.output)]));
        args
    }
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
    pub video: EncodedVideo<'a>,
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
        let mut args = self.video.input();
        args.extend(media_input(self.sound));
        args.extend(words(&["-c:v", "copy"]));
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
                video: EncodedVideo::File(Path::new("v")),
                sound: Path::new("s.m4a"),
                output: Path::new("o"),
                container,
                fps: Fps::new(30, 1).unwrap(),
                renderer_version: "1",
            };
            crate::process::with_plain_inputs(&mux.args())
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

    #[test]
    fn segments_are_read_through_their_list() {
        let join = |video, container| {
            let join = Join {
                video,
                output: Path::new("o"),
                container,
                fps: Fps::new(30_000, 1001).unwrap(),
                renderer_version: "1",
            };
            crate::process::with_plain_inputs(&join.args())
        };
        let tags = "-metadata hyperframes_renderer=hyperframes -metadata hyperframes_version=1 \
                    -movflags +use_metadata_tags";
        // Without a list, upstream's line.
        assert_eq!(
            join(EncodedVideo::File(Path::new("v")), Container::MP4),
            format!("-i v -c copy -movflags +faststart {tags} -r 30000/1001 -f mp4 -y o")
        );
        assert_eq!(
            join(EncodedVideo::List(Path::new("l")), Container::MOV),
            format!("-f concat -auto_convert 0 -i l -c copy {tags} -r 30000/1001 -f mov -y o")
        );
    }
}
