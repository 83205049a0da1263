//! The media elements that scripts of a page make and change.

use serde::{Deserialize, Serialize};

use super::{PlayedPage, PlayedSpan};
use crate::browser::BrowserError;

const WATCH: &str = include_str!("../scripts/played_media.js");
/// Seconds between two looks at a page that is played.
const STEP: f64 = 0.1;
/// Most looks; a longer composition is looked at less often.
const MOST_LOOKS: u64 = 600;
/// Looks of one call, so that each ends well within its deadline.
const LOOKS_PER_CALL: usize = 64;

/// What was new at one look at a page.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MediaLook {
    /// When, seconds on the composition's timeline.
    pub time: f64,
    /// The page's markup, without what tells nothing of media; absent without new elements.
    pub html: Option<String>,
    /// Render ids of elements whose source is another one than at the look before.
    pub changed: Vec<String>,
}

impl PlayedPage {
    /// Looks at the page as it stands, then plays its timeline and looks again and again.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn media(&self, span: PlayedSpan) -> Result<Vec<MediaLook>, BrowserError> {
        let first = format!("{WATCH}\n__hfNativeMedia.look(0)");
        let mut looks = vec![self.session.evaluate::<MediaLook>(&first).await?];
        for chunk in watched_frames(span).chunks(LOOKS_PER_CALL) {
            let times: Vec<f64> = chunk.iter().map(|at| span.fps.seek_time(*at)).collect();
            let request = (serde_json::json!(chunk), serde_json::json!(times));
            let play = format!("__hfNativeMedia.play({}, {})", request.0, request.1);
            looks.extend(self.session.evaluate::<Vec<MediaLook>>(&play).await?);
        }
        Ok(looks)
    }
}

/// The output frames at which a page is looked at, after the first.
fn watched_frames(span: PlayedSpan) -> Vec<u64> {
    let frames = span.fps.frame_count(span.seconds);
    let by_time = (STEP * span.fps.as_f64()).round() as u64;
    let step = by_time.max(frames.div_ceil(MOST_LOOKS)).max(1);
    let last = frames.saturating_sub(1);
    (1..)
        .map(|at| at * step)
        .take_while(|at| *at < last)
        .chain((last > 0).then_some(last))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::Fps;

    fn frames(seconds: f64) -> Vec<u64> {
        let fps = Fps::new(30, 1).unwrap();
        watched_frames(PlayedSpan { seconds, fps })
    }

    #[test]
    fn a_page_is_looked_at_ten_times_a_second_and_at_its_last_frame() {
        assert_eq!(frames(0.5), [3, 6, 9, 12, 14]);
        assert!(frames(1.0 / 30.0).is_empty());
    }

    #[test]
    fn looks_at_a_long_page_are_bounded() {
        let frames = frames(7200.0);
        assert!(frames.len() as u64 <= MOST_LOOKS + 1, "{}", frames.len());
        assert_eq!(frames.last(), Some(&(7200 * 30 - 1)));
    }
}
