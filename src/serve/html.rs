//! Putting the script block into the head of an HTML page.

/// Inserts `block` right after the opening `<head …>` tag. In a page without a head it goes before
/// `<body`, and in a page without both, to the top.
pub(super) fn with_head_block(page: &str, block: &str) -> String {
    if block.is_empty() {
        return page.to_owned();
    }
    let at = after_tag(page, "<head")
        .or_else(|| tag_start(page, "<body"))
        .unwrap_or(0);
    let (before, after) = page.split_at(at);
    format!("{before}\n{block}\n{after}")
}

/// Offset of the first `tag` that is a whole tag name (`<head>`, not `<header>`).
fn tag_start(page: &str, tag: &str) -> Option<usize> {
    let lower = page.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower[from..].find(tag)?;
        let next = lower.as_bytes().get(at + tag.len());
        if next.is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')) {
            return Some(at);
        }
        from = at + tag.len();
    }
}

/// Offset after the closing `>` of the first `tag`. A `>` within quotes does not count.
fn after_tag(page: &str, tag: &str) -> Option<usize> {
    let start = tag_start(page, tag)?;
    let mut quote = None;
    for (offset, byte) in page.bytes().enumerate().skip(start) {
        match (quote, byte) {
            (None, b'>') => return Some(offset + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_block_follows_the_head_tag() {
        let cases = [
            (
                "<html><head><title>t</title></head></html>",
                "<html><head>\nX\n<title>t",
            ),
            (
                "<HTML><HEAD data-a='>'>z</HEAD>",
                "<HTML><HEAD data-a='>'>\nX\nz",
            ),
            (
                "<header></header><body>b</body>",
                "<header></header>\nX\n<body>",
            ),
            ("<p>bare</p>", "\nX\n<p>bare"),
        ];
        for (page, expected) in cases {
            let served = with_head_block(page, "X");
            assert!(served.starts_with(expected), "{served}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_the_page_is_lost(page in ".{0,200}") {
            let served = with_head_block(&page, "BLOCK");
            prop_assert_eq!(served.replacen("\nBLOCK\n", "", 1), page);
        }
    }
}
