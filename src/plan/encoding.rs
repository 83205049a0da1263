//! How frames are encoded by a plan: what the encoder is told.

use std::path::Path;

use super::render_plan::RenderPlan;
use crate::encode::{CodecOptions, EncodeSettings, encoder_args};
use crate::pixels::FrameFormat;

impl RenderPlan {
    /// The streaming encode into `output`, a file or a folder of parts; `None` for formats that no
    /// ffmpeg encodes.
    pub fn encode_settings(&self, output: &Path) -> Option<EncodeSettings> {
        let settings = self.unlimited_settings(output)?;
        Some(EncodeSettings {
            limits: self.encoder_limits(&settings),
            ..settings
        })
    }

    /// The same, whatever memory there is.
    pub(super) fn unlimited_settings(&self, output: &Path) -> Option<EncodeSettings> {
        let spec = &*self.facts.spec;
        let hdr = self.hdr_plan().map(|hdr| hdr.transfer);
        let options = CodecOptions {
            vp9_cpu_used: spec.engine.vp9_cpu_used,
        };
        let codec = self.format.codec(hdr, options)?;
        Some(EncodeSettings {
            input: match hdr {
                Some(_) => FrameFormat::Rgb48,
                None => self.capture.lane.format(),
            },
            codec,
            fps: spec.fps,
            width: self.output_width,
            height: self.output_height,
            quality: spec.encode.quality,
            crf: spec.encode.crf,
            video_bitrate: spec.encode.video_bitrate.clone(),
            gpu: self.facts.gpu,
            limits: None,
            locked_gop: spec.locked_gop(),
            renderer_version: spec.encode.renderer_version.clone(),
            is_final: false,
            output: output.to_owned(),
        })
    }

    /// The encoder's command line for that output; empty where no ffmpeg encodes.
    pub fn encoder_line(&self, output: &Path) -> Vec<String> {
        let settings = self.encode_settings(output);
        settings.as_ref().map(encoder_args).unwrap_or_default()
    }
}
