//! Whether a render's output is HDR, and what is to be said about it (spec/composite.md 3.2).

use serde::Deserialize;

use crate::pixels::TransferFunction;

/// The one format HDR is written to.
const HDR_FORMAT: &str = "mp4";

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum HdrMode {
    /// HDR when a source is.
    #[default]
    Auto,
    /// HDR in any case.
    ForceHdr,
    /// SDR in any case; sources need not be looked at.
    ForceSdr,
}

/// What a render does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HdrChoice {
    /// Curve of the output.
    pub transfer: TransferFunction,
    /// What the user should know before a long render; not for every choice.
    pub warning: Option<String>,
    /// The choice in one line, for the log.
    pub line: String,
}

/// Chooses the output's curve from the wish, the strongest curve among the sources, and the
/// output's format.
pub fn choose_hdr(mode: HdrMode, sources: TransferFunction, format: &str) -> HdrChoice {
    let wanted = match mode {
        HdrMode::ForceSdr => TransferFunction::Srgb,
        // Forced without a source there is nothing that the ordinary picture does not hold:
        // upstream renders that as SDR, too.
        HdrMode::Auto | HdrMode::ForceHdr => sources,
    };
    let kept = if format == HDR_FORMAT {
        wanted
    } else {
        TransferFunction::Srgb
    };
    HdrChoice {
        transfer: kept,
        warning: if wanted != kept {
            Some(format!(
                "HDR was {}, but {format} output is SDR: only {HDR_FORMAT} (H.265, 10 bits) holds HDR",
                if mode == HdrMode::ForceHdr {
                    "forced"
                } else {
                    "detected"
                }
            ))
        } else {
            warning(mode, sources, kept)
        },
        line: line(mode, kept),
    }
}

fn warning(mode: HdrMode, sources: TransferFunction, kept: TransferFunction) -> Option<String> {
    match mode {
        HdrMode::ForceHdr if !sources.is_hdr() => {
            Some("HDR was forced, but no source is HDR (PQ or HLG): the output is SDR".to_owned())
        }
        HdrMode::Auto if kept.is_hdr() => Some(
            "a source is HDR, so the output is HDR (H.265, 10 bits, BT.2020): slower to make \
             and not for every player; force SDR if that is not wanted"
                .to_owned(),
        ),
        _ => None,
    }
}

fn line(mode: HdrMode, kept: TransferFunction) -> String {
    let why = match mode {
        HdrMode::Auto => "by its sources",
        HdrMode::ForceHdr | HdrMode::ForceSdr => "as asked",
    };
    let curve = match kept {
        TransferFunction::Srgb => return format!("output is SDR ({why})"),
        TransferFunction::Hlg => "HLG",
        TransferFunction::Pq => "PQ",
    };
    format!("output is HDR {why}: {curve}, BT.2020, 10-bit H.265")
}

#[cfg(test)]
mod tests {
    use super::*;
    use TransferFunction::{Hlg, Pq, Srgb};

    #[test]
    fn each_wish_meets_each_source() {
        for (mode, sources, transfer, warned) in [
            (HdrMode::Auto, Srgb, Srgb, false),
            (HdrMode::Auto, Hlg, Hlg, true),
            (HdrMode::Auto, Pq, Pq, true),
            (HdrMode::ForceSdr, Pq, Srgb, false),
            (HdrMode::ForceHdr, Pq, Pq, false),
            (HdrMode::ForceHdr, Hlg, Hlg, false),
            (HdrMode::ForceHdr, Srgb, Srgb, true),
        ] {
            let choice = choose_hdr(mode, sources, "mp4");
            assert_eq!(choice.transfer, transfer, "{mode:?} {sources:?}");
            assert_eq!(choice.warning.is_some(), warned, "{mode:?} {sources:?}");
        }
    }

    #[test]
    fn formats_without_hdr_are_sdr_and_say_so() {
        for mode in [HdrMode::Auto, HdrMode::ForceHdr] {
            let choice = choose_hdr(mode, Pq, "webm");
            assert_eq!(choice.transfer, Srgb);
            let warning = choice.warning.unwrap();
            assert!(
                warning.contains("webm") && warning.contains("mp4"),
                "{warning}"
            );
        }
        let sdr = choose_hdr(HdrMode::ForceSdr, Pq, "webm");
        assert_eq!(sdr.warning, None);
        assert_eq!(choose_hdr(HdrMode::Auto, Srgb, "gif").warning, None);
    }

    #[test]
    fn the_wish_is_read_as_upstream_writes_it() {
        let read = |text: &str| serde_json::from_value::<HdrMode>(text.into());
        assert_eq!(read("force-hdr").unwrap(), HdrMode::ForceHdr);
        assert_eq!(read("auto").unwrap(), HdrMode::Auto);
        assert!(read("hdr").is_err());
    }

    #[test]
    fn the_log_names_the_curve() {
        assert!(choose_hdr(HdrMode::Auto, Hlg, "mp4").line.contains("HLG"));
        assert!(
            choose_hdr(HdrMode::ForceHdr, Hlg, "mov")
                .line
                .contains("SDR")
        );
    }
}
