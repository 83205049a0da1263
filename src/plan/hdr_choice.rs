//! The output's transfer curve, chosen from what the user wants, the sources and the format, and what
//! is to be said about it (docs/upstream.md#hdr-mode).

use crate::encode::OutputFormat;
use crate::pixels::TransferFunction;
use crate::spec::HdrMode;

/// The curve of a render's output, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HdrChoice {
    /// Curve of the output.
    pub transfer: TransferFunction,
    /// What the user should know before a long render; not for every choice.
    pub warning: Option<String>,
    /// The choice in one line, for the log.
    pub line: String,
}

/// Chooses the output's curve from the wish, the strongest curve among the sources, and the
/// output's format.
pub(super) fn choose_hdr(
    mode: HdrMode,
    sources: TransferFunction,
    format: OutputFormat,
) -> HdrChoice {
    let wanted = match mode {
        HdrMode::ForceSdr => TransferFunction::Srgb,
        // Forced without a source there is nothing that the ordinary picture does not hold:
        // upstream renders that as SDR, too.
        HdrMode::Auto | HdrMode::ForceHdr => sources,
    };
    let kept = if format.allows_hdr() {
        wanted
    } else {
        TransferFunction::Srgb
    };
    HdrChoice {
        transfer: kept,
        warning: if wanted != kept {
            let why = match mode {
                HdrMode::ForceHdr => "forced",
                HdrMode::Auto | HdrMode::ForceSdr => "detected",
            };
            let name = format.facts().name;
            let hdr = hdr_formats();
            Some(format!(
                "HDR was {why}, but {name} output is SDR: only {hdr} (H.265, 10 bits) holds HDR"
            ))
        } else {
            warning(mode, sources, kept)
        },
        line: line(mode, kept),
    }
}

/// Names of the formats that HDR can be written to.
fn hdr_formats() -> String {
    let able = OutputFormat::ALL.into_iter().filter(|f| f.allows_hdr());
    let names: Vec<_> = able.map(|format| format.facts().name).collect();
    names.join(" or ")
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
            let choice = choose_hdr(mode, sources, OutputFormat::Mp4);
            assert_eq!(choice.transfer, transfer, "{mode:?} {sources:?}");
            assert_eq!(choice.warning.is_some(), warned, "{mode:?} {sources:?}");
        }
    }

    #[test]
    fn formats_without_hdr_are_sdr_and_say_so() {
        for mode in [HdrMode::Auto, HdrMode::ForceHdr] {
            let choice = choose_hdr(mode, Pq, OutputFormat::WebM);
            assert_eq!(choice.transfer, Srgb);
            let warning = choice.warning.unwrap();
            assert!(
                warning.contains("webm") && warning.contains("mp4"),
                "{warning}"
            );
        }
        let sdr = choose_hdr(HdrMode::ForceSdr, Pq, OutputFormat::WebM);
        assert_eq!(sdr.warning, None);
        assert_eq!(
            choose_hdr(HdrMode::Auto, Srgb, OutputFormat::Gif).warning,
            None
        );
    }

    #[test]
    fn the_log_names_the_curve() {
        assert!(
            choose_hdr(HdrMode::Auto, Hlg, OutputFormat::Mp4)
                .line
                .contains("HLG")
        );
        assert!(
            choose_hdr(HdrMode::ForceHdr, Hlg, OutputFormat::Mov)
                .line
                .contains("SDR")
        );
    }
}
