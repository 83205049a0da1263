//! Writes the TypeScript types of the wire, and checks that the file in the repository is what the
//! Rust types give.

use std::collections::BTreeMap;

use ts_rs::{Config, Dummy, TS, TypeVisitor};

use super::version::VERSION_PREFIX;
use super::{FrameRequest, Reply};
use crate::composition::SCHEMA_VERSION;
use crate::job::{Event, SessionFacts, Summary, WarmRequest, WatchedMedia};
use crate::process::MEDIA_FORMATS;
use crate::spec::RenderSpec;
use crate::transitions::BlendPoolStats;
use crate::video::CacheStats;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/js/wire/generated.ts");

const HEAD: &str = "\
/**
 * The JSON that crosses between JavaScript and the native core. Generated from the Rust types by
 * `npm run wire`: do not edit. Biome checks it but leaves its layout to the generator.
 */
import type { NativeErrorCode } from \"../base/error-codes.js\";
";

/// The whole file.
fn generated() -> String {
    let mut types = Types::default();
    types.visit::<RenderSpec>();
    types.visit::<WarmRequest>();
    types.visit::<Event>();
    types.visit::<Reply<Dummy>>();
    types.visit::<Summary>();
    types.visit::<WatchedMedia>();
    types.visit::<FrameRequest>();
    types.visit::<SessionFacts>();
    types.visit::<BlendPoolStats>();
    types.visit::<CacheStats>();
    let body = format!(
        "\n/** The layout of `CompiledComposition`. */\nexport const SCHEMA_VERSION = {SCHEMA_VERSION};\n\n\
         /** ffmpeg's names of the formats that media files may have. */\n\
         export const MEDIA_FORMATS =\n  \"{MEDIA_FORMATS}\";\n{}",
        types.0.into_values().collect::<String>()
    );
    let version = crc32fast::hash(body.as_bytes());
    format!(
        "{HEAD}\n/** Checksum of the following text. An addon has that of the text it was built with. */\n\
         {VERSION_PREFIX}{version:08x}\";\n{body}"
    )
}

/// Declarations of the types visited and of all that they hold, by name: the order in which a type
/// lists what it holds differs between builds.
#[derive(Default)]
struct Types(BTreeMap<String, String>);

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Every number crosses as one of JavaScript's: none comes near 2^53.
        let config = Config::new().with_large_int("number");
        // Types of the language have no declaration.
        if T::output_path().is_none() || self.0.contains_key(&T::ident(&config)) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}", T::decl(&config));
        let text = laid_out(&declaration);
        self.0
            .insert(T::ident(&config), format!("\n{}\n", text.trim()));
        T::visit_dependencies(self);
    }
}

/// A declaration with one field a line.
fn laid_out(declaration: &str) -> String {
    let mut text = String::new();
    let mut open = Vec::new();
    let mut rest = declaration;
    while let Some(next) = rest.chars().next() {
        let depth = open.iter().filter(|bracket| **bracket == '{').count();
        let taken = match next {
            '/' => {
                let end = rest.find("*/").map_or(rest.len(), |at| at + 2);
                break_line(&mut text, depth);
                text.push_str(&comment(&rest[..end], depth));
                break_line(&mut text, depth);
                end
            }
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
                let is_key = rest[end..].starts_with(':');
                text.push_str(if is_key {
                    &rest[1..end - 1]
                } else {
                    &rest[..end]
                });
                end
            }
            '{' => {
                open.push(next);
                text.push(next);
                break_line(&mut text, depth + 1);
                1
            }
            '}' => {
                open.pop();
                break_line(&mut text, depth.saturating_sub(1));
                text.push(next);
                1
            }
            ',' if open.last() == Some(&'{') => {
                text.push(';');
                break_line(&mut text, depth);
                1
            }
            '<' | '[' | '(' => {
                open.push(next);
                text.push(next);
                1
            }
            '>' | ']' | ')' => {
                open.pop();
                text.push(next);
                1
            }
            _ if next.is_whitespace() => {
                if !text.ends_with(char::is_whitespace) {
                    text.push(' ');
                }
                next.len_utf8()
            }
            _ => {
                text.push(next);
                next.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    text
}

/// Starts a line, unless one has just been started.
fn break_line(text: &mut String, depth: usize) {
    text.truncate(text.trim_end().len());
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
}

/// A documentation comment, on one line if it has only one.
fn comment(source: &str, depth: usize) -> String {
    let inner = source.trim_start_matches("/**").trim_end_matches("*/");
    let lines: Vec<&str> = inner
        .lines()
        .map(|line| line.trim().trim_start_matches('*').trim())
        .filter(|line| !line.is_empty())
        .collect();
    if let [line] = lines[..] {
        return format!("/** {line} */");
    }
    let indent = "  ".repeat(depth);
    let lines = lines.iter().map(|line| format!("{indent} * {line}\n"));
    format!("/**\n{}{indent} */", lines.collect::<String>())
}

#[test]
fn the_types_of_javascript_are_those_of_rust() {
    let found = std::fs::read_to_string(FILE).unwrap();
    assert!(
        found == generated(),
        "js/wire/generated.ts is not what the Rust types give: run `npm run wire`"
    );
}

#[test]
fn the_version_is_found_in_the_file() {
    let version = super::wire_version();
    assert_eq!(version.len(), 8, "{version}");
    assert!(generated().contains(&format!("{VERSION_PREFIX}{version}\"")));
}

#[test]
#[ignore = "writes a file: `npm run wire`"]
fn write_the_types_of_javascript() {
    std::fs::write(FILE, generated()).unwrap();
}
