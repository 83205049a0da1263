//! GPU encoders: which of them works here.

use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use serde::Serialize;

use super::args::gpu_probe_args;
use super::encoder::quiet;
use crate::process::{ChildSpec, Finished, RunError, run_to_end};

/// How long ffmpeg may take to list its encoders (upstream's figure).
const LIST_DEADLINE: Duration = Duration::from_secs(30);
/// How long a trial encode may take; upstream gives 2 s, and 1 s more to end.
const PROBE_DEADLINE: Duration = Duration::from_secs(3);
/// Lines of a failed trial that are told.
const TOLD_LINES: usize = 1;

/// A kind of GPU encoder, as upstream names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GpuEncoder {
    /// NVIDIA.
    Nvenc,
    /// Apple.
    VideoToolbox,
    /// Linux's interface to Intel's and AMD's.
    Vaapi,
    /// Intel Quick Sync.
    Qsv,
    /// AMD.
    Amf,
}

impl GpuEncoder {
    /// All of them, those first that are taken first (upstream's order).
    pub const ALL: [Self; 5] = [
        Self::Nvenc,
        Self::VideoToolbox,
        Self::Vaapi,
        Self::Qsv,
        Self::Amf,
    ];

    /// Name within those of ffmpeg's encoders.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nvenc => "nvenc",
            Self::VideoToolbox => "videotoolbox",
            Self::Vaapi => "vaapi",
            Self::Qsv => "qsv",
            Self::Amf => "amf",
        }
    }

    /// ffmpeg's name of its encoder of H.264, or of H.265 for HDR.
    pub fn codec_name(self, is_hdr: bool) -> String {
        let family = if is_hdr { "hevc" } else { "h264" };
        format!("{family}_{}", self.name())
    }
}

/// No GPU encoder works; why, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoGpuEncoder(String);

/// The first GPU encoder that this ffmpeg has and that encodes a frame: of H.264, or for HDR of H.265
/// with ten bits (upstream tries only H.264). All are tried at once.
///
/// # Errors
/// [`NoGpuEncoder`] with what each of them said.
pub async fn find_gpu_encoder(ffmpeg: &Path, is_hdr: bool) -> Result<GpuEncoder, NoGpuEncoder> {
    let listed = run(ffmpeg, vec!["-encoders".into()], true, LIST_DEADLINE).await;
    let listed = listed.map_err(|why| NoGpuEncoder(format!("it lists no encoders: {why}")))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let candidates: Vec<_> = GpuEncoder::ALL
        .into_iter()
        .filter(|gpu| listed.contains(&gpu.codec_name(is_hdr)))
        .collect();
    if candidates.is_empty() {
        return Err(NoGpuEncoder("it has none".into()));
    }
    let tried = candidates.into_iter().map(|gpu| async move {
        let tried = run(ffmpeg, gpu_probe_args(gpu, is_hdr), false, PROBE_DEADLINE).await;
        (gpu, tried.map(drop))
    });
    let mut refused = Vec::new();
    for (gpu, tried) in join_all(tried).await {
        match tried {
            Ok(()) => return Ok(gpu),
            Err(why) => refused.push(format!("{}: {why}", gpu.name())),
        }
    }
    Err(NoGpuEncoder(refused.join("; ")))
}

async fn run(
    ffmpeg: &Path,
    args: Vec<String>,
    piped_stdout: bool,
    deadline: Duration,
) -> Result<Finished, String> {
    let spec = ChildSpec {
        program: ffmpeg.to_owned(),
        args: quiet(args),
        piped_stdout,
        ..ChildSpec::default()
    };
    match run_to_end(spec, deadline).await {
        Ok(run) if run.exit.success() => Ok(run),
        Ok(run) => Err(match run.stderr_tail(TOLD_LINES) {
            said if said.is_empty() => run.exit.to_string(),
            said => said,
        }),
        Err(RunError::Deadline { .. }) => Err(format!("no answer in {} s", deadline.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shell_program;

    /// An ffmpeg that has the encoders `listed` and can use `usable`.
    async fn found(listed: &str, usable: &str) -> Result<GpuEncoder, NoGpuEncoder> {
        let dir = tempfile::tempdir().unwrap();
        let script = format!(
            "case \"$*\" in\n*-encoders) echo '{listed}';;\n\
             *' h264_{usable} '*) exit 0;;\n*) echo 'first'; echo 'no device' >&2; exit 1;;\nesac"
        );
        let path = shell_program(&dir.path().join("ffmpeg"), &script);
        find_gpu_encoder(&path, false).await
    }

    #[tokio::test]
    async fn the_first_that_works_is_taken() {
        let all = " V h264_amf\n V h264_qsv\n V h264_vaapi\n V h264_videotoolbox\n V h264_nvenc";
        for gpu in GpuEncoder::ALL {
            assert_eq!(found(all, gpu.name()).await, Ok(gpu));
        }
        let two = "amf '*|*' h264_vaapi";
        assert_eq!(found(all, two).await, Ok(GpuEncoder::Vaapi));
    }

    #[tokio::test]
    async fn none_is_told_with_the_reason() {
        let none = found("V libx264", "nvenc").await.unwrap_err();
        assert_eq!(none.to_string(), "it has none");
        let refused = found("V h264_vaapi\nV h264_nvenc", "qsv").await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "nvenc: no device; vaapi: no device"
        );
    }

    #[tokio::test]
    async fn hdr_takes_only_one_that_encodes_ten_bits() {
        let dir = tempfile::tempdir().unwrap();
        let script = "case \"$*\" in\n\
             *-encoders) echo 'h264_nvenc hevc_nvenc h264_vaapi hevc_vaapi h264_qsv';;\n\
             *p010le*' hevc_vaapi '*main10*) exit 0;;\n*' h264_'*) exit 0;;\n\
             *) echo 'no ten bits' >&2; exit 1;;\nesac";
        let path = shell_program(&dir.path().join("ffmpeg"), script);
        assert_eq!(find_gpu_encoder(&path, true).await, Ok(GpuEncoder::Vaapi));
        assert_eq!(find_gpu_encoder(&path, false).await, Ok(GpuEncoder::Nvenc));
    }
}
