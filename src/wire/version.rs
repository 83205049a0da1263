//! The version of the wire.

/// What the types of JavaScript were generated as.
const GENERATED: &str = include_str!("../../js/wire/generated.ts");
/// Stands before the version in that text.
pub(super) const VERSION_PREFIX: &str = "export const WIRE_VERSION = \"";

/// The version of the types that this build was made with: a checksum of their text. JavaScript
/// compares it with its own.
pub fn wire_version() -> &'static str {
    let after = GENERATED.split_once(VERSION_PREFIX);
    let version = after.and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("", |(version, _)| version)
}
