//! The files of the matrix of sound: how ffmpeg writes each, and what it is known to do to it.

/// How a source is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    pub name: &'static str,
    pub file: &'static str,
    pub args: &'static [&'static str],
    pub rates: &'static [u32],
    /// Samples by which the encoder delays the sound, where the container does not say so: every
    /// player is that late.
    pub delay: f64,
    pub lossless: bool,
}

const ALL: &[u32] = &[22_050, 44_100, 48_000, 96_000];
const MPEG: &[u32] = &[22_050, 44_100, 48_000];

const fn format(name: &'static str, file: &'static str, args: &'static [&'static str]) -> Format {
    Format {
        name,
        file,
        args,
        rates: ALL,
        delay: 0.0,
        lossless: false,
    }
}

const fn exact(name: &'static str, file: &'static str, args: &'static [&'static str]) -> Format {
    Format {
        lossless: true,
        ..format(name, file, args)
    }
}

const fn late(delay: f64, rates: &'static [u32], plain: Format) -> Format {
    Format {
        delay,
        rates,
        ..plain
    }
}

pub(super) const FORMATS: [Format; 22] = [
    exact("wav s16", "a.wav", &["-c:a", "pcm_s16le"]),
    exact("wav s24", "a.wav", &["-c:a", "pcm_s24le"]),
    exact("wav f32", "a.wav", &["-c:a", "pcm_f32le"]),
    exact("aiff", "a.aiff", &[]),
    exact("flac", "a.flac", &[]),
    exact("alac m4a", "a.m4a", &["-c:a", "alac"]),
    exact("pcm mov", "a.mov", &["-c:a", "pcm_s24le"]),
    exact("pcm mkv", "a.mkv", &["-c:a", "pcm_s16le"]),
    exact("flac mkv", "a.mkv", &["-c:a", "flac"]),
    format("aac m4a", "a.m4a", &["-c:a", "aac"]),
    late(1024.0, ALL, format("aac ts", "a.ts", &["-c:a", "aac"])),
    late(1024.0, ALL, format("aac mkv", "a.mkv", &["-c:a", "aac"])),
    late(1024.0, ALL, format("aac adts", "a.aac", &["-c:a", "aac"])),
    late(0.0, MPEG, format("mp3 lame", "a.mp3", &[])),
    late(
        1105.0,
        MPEG,
        format("mp3 bare", "a.mp3", &["-write_xing", "0"]),
    ),
    late(481.0, MPEG, format("mp2", "a.mp2", &[])),
    late(
        0.0,
        &[48_000],
        format("opus webm", "a.webm", &["-c:a", "libopus"]),
    ),
    late(
        0.0,
        &[48_000],
        format("opus ogg", "a.opus", &["-c:a", "libopus"]),
    ),
    format("vorbis ogg", "a.ogg", &["-c:a", "libvorbis"]),
    format("vorbis webm", "a.webm", &["-c:a", "libvorbis"]),
    late(
        256.0,
        &[44_100, 48_000],
        format("ac3 mkv", "a.mkv", &["-c:a", "ac3"]),
    ),
    late(
        256.0,
        &[44_100, 48_000],
        format("ac3 ts", "a.ts", &["-c:a", "ac3"]),
    ),
];
