//! Finding the surface: show a row of random colours at the top and at the bottom of the page,
//! draw it, look for it in the browser's memory; again with other colours, and only what changed
//! with them is the surface. Tiles and caches hold one of the rows, or the old colours.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::browser::{BrowserError, PageSession, WARMUP_INTERVAL_MS};
use crate::process::{MemoryError, ProcessMemory, group_members, has_argument};

/// How Chrome marks the process that composites.
pub(in crate::capture) const GPU_PROCESS: &str = "--type=gpu-process";
/// Side of one colour block, CSS pixels.
const BLOCK: u32 = 8;
/// Blocks in a row; fewer on narrow pages. Eight make an accident impossible already.
const MAX_BLOCKS: u32 = 64;
const MIN_BLOCKS: u32 = 2;
/// Read at a time while searching.
const CHUNK: usize = 4 << 20;
/// A mapping larger than this beside the surface's size is an arena, not a surface.
const LARGEST_MAPPING: usize = 512 << 20;
/// Frames drawn before a search at least.
const MIN_FRAMES_PER_SEARCH: u32 = 3;
/// And at most: a blank page with a pattern on it comes to rest.
const MAX_FRAMES_PER_SEARCH: u32 = 12;
/// Searches for one pattern. On a busy host the size of the window may reach the page late, and
/// frames before that do not show the page.
const SEARCHES_PER_PATTERN: u32 = 3;
/// Before a pattern that was not found is drawn again.
const SEARCH_PAUSE: Duration = Duration::from_millis(20);
/// For both rounds together.
pub(in crate::capture) const DEADLINE: Duration = Duration::from_secs(5);
/// For taking the pattern away.
const CLEAR_DEADLINE: Duration = Duration::from_secs(1);

/// Where a browser's output surface lies: `width * height` BGRA pixels in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surface {
    pub(super) memory: ProcessMemory,
    pub(super) address: usize,
    /// The mapping around it when it was found.
    pub(super) mapping: Range<usize>,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Why there is no surface to read.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum LocateError {
    /// The kernel does not let us read the browser.
    #[error("reading the browser's memory is refused ({0})")]
    Refused(MemoryError),
    /// The pattern was not found, or in more than one place.
    #[error("{0} places looked like the output surface")]
    Ambiguous(usize),
    /// It took too long.
    #[error("the search took longer than {} s", DEADLINE.as_secs())]
    Slow,
    /// The pattern's blocks would not be whole pixels.
    #[error("a pattern cannot be shown at {0} device pixels per CSS pixel")]
    Fractional(f64),
    /// Too small for a pattern.
    #[error("the page is too small")]
    TooSmall,
    /// The plan wants no surface.
    #[error("another lane was asked for")]
    NotAsked,
    /// The browser failed.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

impl LocateError {
    /// True when the surface may be found in a fresh browser; false when nothing can change it.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Ambiguous(_) | Self::Slow => true,
            Self::Browser(error) => error.is_transient(),
            Self::Refused(_) | Self::Fractional(_) | Self::TooSmall | Self::NotAsked => false,
        }
    }
}

impl Surface {
    pub(super) fn bytes(&self) -> usize {
        self.width * self.height * 4
    }

    /// The mapping around the surface now; `None` when no one mapping holds all of it.
    pub(super) fn current_mapping(&self) -> Option<Range<usize>> {
        let range = self.address..self.address + self.bytes();
        self.memory.mapping_around(&range)
    }
}

/// Locates the surface of a browser (process group `group`) whose only page is `page`, blank and
/// `(width, height)` device pixels at `scale` of them per CSS pixel. Draws frames from tick `*ticks` on and counts them there.
///
/// # Errors
/// [`LocateError`]; all but a dead browser mean: use another lane.
pub(crate) async fn locate(
    page: &PageSession,
    group: u32,
    size: (u32, u32),
    scale: f64,
    ticks: &mut u64,
) -> Result<Surface, LocateError> {
    // Also bounds frames that a browser without BeginFrame never draws.
    let search = search_twice(page, group, size, scale, ticks);
    let found = tokio::time::timeout(DEADLINE, search)
        .await
        .unwrap_or(Err(LocateError::Slow));
    // An empty page again, in case it is photographed before the navigation.
    let clearing = page.evaluate::<Option<bool>>("document.body.replaceChildren(), null");
    tokio::time::timeout(CLEAR_DEADLINE, clearing)
        .await
        .map_err(|_| LocateError::Slow)??;
    found
}

async fn search_twice(
    page: &PageSession,
    group: u32,
    (width, height): (u32, u32),
    scale: f64,
    ticks: &mut u64,
) -> Result<Surface, LocateError> {
    let side = f64::from(BLOCK) * scale;
    if side.fract() != 0.0 {
        return Err(LocateError::Fractional(scale));
    }
    let side = side as u32;
    let blocks = (width / side).min(MAX_BLOCKS);
    if blocks < MIN_BLOCKS || height < 2 * side {
        return Err(LocateError::TooSmall);
    }
    let size = (width as usize, height as usize);
    let started = Instant::now();
    let mut found: Option<Vec<Surface>> = None;
    for round in 0..2u64 {
        let pattern = Pattern::new(
            (blocks, side as usize),
            u64::from(std::process::id()) ^ started.elapsed().as_nanos() as u64 ^ (round << 32),
        );
        page.evaluate::<Option<bool>>(&pattern.script()).await?;
        let pattern = Arc::new(pattern);
        let before = found.take();
        let mut surfaces = Vec::new();
        for search in 0..SEARCHES_PER_PATTERN {
            if search > 0 {
                tracing::debug!(round, search, "the pattern has not reached the surface");
                tokio::time::sleep(SEARCH_PAUSE).await;
            }
            draw_to_rest(page, ticks).await?;
            let (pattern, before) = (Arc::clone(&pattern), before.clone());
            let searching = tokio::task::spawn_blocking(move || match before {
                Some(surfaces) => Ok(surfaces.into_iter().filter(|s| pattern.is_at(s)).collect()),
                None => pattern.search(group, size),
            });
            surfaces = searching.await.map_err(|_| LocateError::Ambiguous(0))??;
            if !surfaces.is_empty() {
                break;
            }
        }
        let is_empty = surfaces.is_empty();
        found = Some(surfaces);
        if is_empty {
            break;
        }
    }
    let mut surfaces = found.unwrap_or_default();
    match (surfaces.pop(), surfaces.len()) {
        (Some(surface), 0) => Ok(surface),
        (None, _) => Err(LocateError::Ambiguous(0)),
        (Some(_), others) => Err(LocateError::Ambiguous(others + 1)),
    }
}

/// Draws frames until one changes nothing any more.
async fn draw_to_rest(page: &PageSession, ticks: &mut u64) -> Result<(), LocateError> {
    for frame in 1..=MAX_FRAMES_PER_SEARCH {
        let tick = *ticks as f64 * WARMUP_INTERVAL_MS;
        let drawn = page.begin_frame(tick, WARMUP_INTERVAL_MS, None).await?;
        *ticks += 1;
        if frame >= MIN_FRAMES_PER_SEARCH && !drawn.has_damage {
            break;
        }
    }
    Ok(())
}

struct Pattern {
    colors: Vec<[u8; 3]>,
    /// Side of a block, device pixels.
    side: usize,
}

impl Pattern {
    fn new((blocks, side): (u32, usize), seed: u64) -> Self {
        let mut random = super::sample::SplitMix(seed);
        let colors = (0..blocks).map(|_| {
            let bits = random.next().to_le_bytes();
            [bits[0], bits[1], bits[2]]
        });
        Self {
            colors: colors.collect(),
            side,
        }
    }

    fn script(&self) -> String {
        let mut html = String::new();
        for edge in ["top", "bottom"] {
            for (index, [r, g, b]) in self.colors.iter().enumerate() {
                let left = index as u32 * BLOCK;
                let _ = write!(
                    html,
                    "<i style='position:fixed;{edge}:0;left:{left}px;width:{BLOCK}px;height:{BLOCK}px;background:rgb({r},{g},{b})'></i>"
                );
            }
        }
        format!(
            "document.body.innerHTML = {}, null",
            serde_json::Value::String(html)
        )
    }

    /// One row of pixels as the surface holds it.
    fn row(&self) -> Vec<u8> {
        self.colors
            .iter()
            .flat_map(|[r, g, b]| [*b, *g, *r, 255].repeat(self.side))
            .collect()
    }

    fn search(&self, group: u32, size: (usize, usize)) -> Result<Vec<Surface>, LocateError> {
        let mut processes = group_members(group);
        processes.sort_by_key(|pid| !has_argument(*pid, GPU_PROCESS));
        let mut surfaces = Vec::new();
        let mut refusal = None;
        for memory in processes.into_iter().map(ProcessMemory::of) {
            match self.search_process(memory, size) {
                Ok(found) => surfaces.extend(found),
                Err(error @ MemoryError::Refused(_)) => refusal = Some(error),
                Err(_) => {}
            }
            if !surfaces.is_empty() {
                return Ok(surfaces);
            }
        }
        refusal.map_or(Ok(surfaces), |error| Err(LocateError::Refused(error)))
    }

    fn search_process(
        &self,
        memory: ProcessMemory,
        (width, height): (usize, usize),
    ) -> Result<Vec<Surface>, MemoryError> {
        let row = self.row();
        let finder = memchr::memmem::Finder::new(&row);
        let bytes = width * height * 4;
        let mut surfaces = Vec::new();
        let mut buffer = Vec::new();
        for map in memory
            .mappings()?
            .into_iter()
            .filter(|map| (bytes..LARGEST_MAPPING).contains(&map.len()))
        {
            let mut at = map.start;
            while at + row.len() <= map.end {
                let len = CHUNK.min(map.end - at);
                buffer.resize(len, 0);
                match memory.read(at, &mut buffer) {
                    Ok(()) => {}
                    // A guard page inside; the rest of the mapping is not a surface's.
                    Err(MemoryError::Unmapped) => break,
                    Err(other) => return Err(other),
                }
                for offset in finder.find_iter(&buffer) {
                    let surface = Surface {
                        memory,
                        address: at + offset,
                        mapping: map.clone(),
                        width,
                        height,
                    };
                    if self.is_at(&surface) {
                        surfaces.push(surface);
                    }
                }
                // Chunks overlap by a row, so that a row across their border is found.
                at += (len - row.len() + 1).max(1);
            }
        }
        Ok(surfaces)
    }

    /// Whether the pattern stands in the first and last rows of a surface at this place.
    fn is_at(&self, surface: &Surface) -> bool {
        let row = self.row();
        let stride = surface.width * 4;
        let mut buffer = vec![0; row.len()];
        let block = self.side;
        let lines = [0, 3, block - 1, surface.height - block, surface.height - 1];
        let inside = surface.address + surface.bytes() <= surface.mapping.end;
        inside
            && lines.iter().all(|line| {
                let at = surface.address + line * stride;
                surface.memory.read(at, &mut buffer).is_ok() && buffer == row
            })
    }
}
