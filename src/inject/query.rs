//! What a page asks for: an output frame, in which form it wants each clip's source frame, and
//! which ones it still holds.

use std::collections::HashMap;

use super::page_memory::PageBuffer;

/// The form of one clip's source frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Only to be told which frame it is and how large.
    Announced,
    /// RGBA, halved so many times.
    Pixels(u32),
    /// RGBA of full size, for an image.
    Image,
}

/// A parsed query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// The output frame.
    pub frame: u64,
    /// By clip number.
    pub wants: HashMap<usize, Want>,
    /// The source frame each clip's stand-in holds, and in which form.
    pub holds: HashMap<usize, (u64, Want)>,
    /// Where the page would like to have the answer.
    pub buffer: Option<PageBuffer>,
}

impl Query {
    /// Parses `n=12&w=0:1,3:-&h=0:35:1`, with or without `m` for a [`PageBuffer`]; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut query = Self {
            frame: 0,
            wants: HashMap::new(),
            holds: HashMap::new(),
            buffer: None,
        };
        let mut has_frame = false;
        for part in text.split('&') {
            let (name, value) = part.split_once('=')?;
            let entries = value.split(',').filter(|entry| !entry.is_empty());
            match name {
                "n" => {
                    query.frame = value.parse().ok()?;
                    has_frame = true;
                }
                "w" => {
                    for entry in entries {
                        let (clip, want) = entry.split_once(':')?;
                        query.wants.insert(clip.parse().ok()?, parse_want(want)?);
                    }
                }
                "h" => {
                    for entry in entries {
                        let mut words = entry.split(':');
                        let clip = words.next()?.parse().ok()?;
                        let index = words.next()?.parse().ok()?;
                        let want = parse_want(words.next()?)?;
                        query.holds.insert(clip, (index, want));
                    }
                }
                "m" => query.buffer = Some(PageBuffer::parse(value)?),
                _ => return None,
            }
        }
        has_frame.then_some(query)
    }
}

fn parse_want(text: &str) -> Option<Want> {
    match text {
        "-" => Some(Want::Announced),
        "i" => Some(Want::Image),
        level => level.parse().ok().map(Want::Pixels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_query_is_read() {
        let query = Query::parse("n=12&w=0:1,3:-,4:i&h=0:35:1,4:7:i").unwrap();
        assert_eq!(query.frame, 12);
        assert_eq!(query.wants[&3], Want::Announced);
        assert_eq!(query.wants[&0], Want::Pixels(1));
        assert_eq!(query.holds[&4], (7, Want::Image));
        assert_eq!(query.buffer, None);
        assert_eq!(Query::parse("n=1&w=&h=").unwrap().wants.len(), 0);
        let marked = Query::parse(&format!("n=1&w=&h=&m={}:9", "00".repeat(32)));
        assert_eq!(marked.unwrap().buffer.unwrap().room, 9);
        assert!(Query::parse("n=1&w=&h=&m=12:9").is_none());
    }

    proptest! {
        #[test]
        fn nonsense_is_refused_and_never_panics(text in "[nwhm=&,:0-9i-]{0,40}") {
            if let Some(query) = Query::parse(&text) {
                prop_assert!(text.contains("n="), "{query:?}");
            }
        }
    }
}
