//! Words of ffmpeg's command line that differ between its versions. Nobody is asked for a version,
//! because builds call themselves anything: a word that is not known is replaced.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use lru::LruCache;

use crate::sync::IgnorePoison;

/// Programs remembered per process.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(8).unwrap();

static KNOWN: LazyLock<Mutex<LruCache<PathBuf, Dialect>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

/// How an ffmpeg is told to pass every frame on as it is, at its time and of its size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// From 5.1 on.
    #[default]
    FpsMode,
    /// 4.4 and 5.0.
    Vsync,
    /// 4.3 and older: frames are brought to the size of the first.
    OneSize,
}

impl Dialect {
    /// The one that `ffmpeg` was found to understand, else the newest.
    pub fn of(ffmpeg: &Path) -> Self {
        let known = KNOWN.lock().ignore_poison().get(ffmpeg).copied();
        known.unwrap_or_default()
    }

    /// The next older one, when `stderr` says that `ffmpeg` does not know a word of this one.
    pub fn older(self, ffmpeg: &Path, stderr: &str) -> Option<Self> {
        let unknown = |word: &str| stderr.contains(&format!("Unrecognized option '{word}'"));
        let older = match self {
            Self::FpsMode if unknown("fps_mode") || unknown("autoscale") => Self::Vsync,
            Self::Vsync if unknown("autoscale") => Self::OneSize,
            _ => return None,
        };
        KNOWN.lock().ignore_poison().put(ffmpeg.to_owned(), older);
        Some(older)
    }

    pub fn args(self) -> &'static [&'static str] {
        match self {
            Self::FpsMode => &["-fps_mode", "passthrough", "-autoscale", "0"],
            Self::Vsync => &["-vsync", "passthrough", "-autoscale", "0"],
            Self::OneSize => &["-vsync", "passthrough"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_leads_to_an_older_dialect() {
        let (tool, other) = (Path::new("/old/ffmpeg"), Path::new("/new/ffmpeg"));
        let says = |word: &str| format!("Unrecognized option '{word}'.\nOption not found");
        assert_eq!(Dialect::of(tool), Dialect::FpsMode);
        assert_eq!(Dialect::FpsMode.older(tool, "Invalid data found"), None);
        let older = Dialect::FpsMode.older(tool, &says("fps_mode"));
        assert_eq!(older, Some(Dialect::Vsync));
        assert_eq!(Dialect::Vsync.older(tool, &says("fps_mode")), None);
        let oldest = Dialect::Vsync.older(tool, &says("autoscale"));
        assert_eq!(oldest, Some(Dialect::OneSize));
        assert_eq!(Dialect::of(tool), Dialect::OneSize);
        assert_eq!(Dialect::of(other), Dialect::FpsMode);
    }
}
