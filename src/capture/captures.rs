//! What an output frame is assembled from.

use bytes::Bytes;

use crate::page::Stack;

/// The captures of one output frame.
#[derive(Debug, Default)]
pub struct Captures {
    /// In the order in which they were taken. A whole page is one part; a frame of a transition has
    /// one part for each scene, and one for what lies above the scenes.
    pub parts: Vec<CapturedPart>,
    /// The only capture is the finished frame.
    whole: bool,
}

/// Captures of one state of the page.
#[derive(Debug, Default)]
pub struct CapturedPart {
    /// The page's timed elements; only pages with HDR sources are asked for them.
    pub stack: Option<Stack>,
    /// A finished frame in the format of the job, or straight RGBA of the output's size.
    pub pictures: Vec<Bytes>,
}

impl Captures {
    /// A capture that is the finished frame, in the format of the job.
    pub fn of_whole(picture: Bytes) -> Self {
        let part = CapturedPart {
            stack: None,
            pictures: vec![picture],
        };
        Self {
            parts: vec![part],
            whole: true,
        }
    }

    /// Begins a part; the captures that follow belong to it.
    pub(super) fn begin(&mut self, stack: Option<Stack>) {
        self.parts.push(CapturedPart {
            stack,
            pictures: Vec::new(),
        });
    }

    /// Adds a capture to the last part.
    pub(super) fn push(&mut self, picture: Bytes) {
        if self.parts.is_empty() {
            self.begin(None);
        }
        if let Some(part) = self.parts.last_mut() {
            part.pictures.push(picture);
        }
    }

    /// The finished frame, when the only capture is one.
    pub fn whole(&self) -> Option<&Bytes> {
        self.parts.first()?.pictures.first().filter(|_| self.whole)
    }
}
