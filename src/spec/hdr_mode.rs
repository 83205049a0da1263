//! Whether the user wants HDR.

use serde::Deserialize;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_is_read_as_upstream_writes_it() {
        let read = |text: &str| serde_json::from_value::<HdrMode>(text.into());
        assert_eq!(read("force-hdr").unwrap(), HdrMode::ForceHdr);
        assert_eq!(read("auto").unwrap(), HdrMode::Auto);
        assert!(read("hdr").is_err());
    }
}
