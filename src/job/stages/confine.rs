//! The check that a render uses no file outside of its project, where that is demanded.

use std::path::Path;

use crate::spec::{PageFiles, RenderSpec};
use crate::video::{MediaError, is_remote, resolve_source};

/// Checks the sources of all media.
///
/// # Errors
/// [`MediaError::Outside`] naming the first one that lies elsewhere.
pub(super) fn check_sources(spec: &RenderSpec) -> Result<(), MediaError> {
    if spec.page_limits.files == PageFiles::All {
        return Ok(());
    }
    let composition = &spec.composition;
    let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
    let media = &composition.media;
    let videos = media.videos.iter().map(|clip| &clip.src);
    let audios = media.audios.iter().map(|clip| &clip.src);
    let images = media.images.iter().map(|image| &image.src);
    for src in videos.chain(audios).chain(images) {
        if is_remote(src) {
            continue;
        }
        let path = resolve_source(src, project, compiled);
        if path.exists() && !is_in(&path, project) && !is_in(&path, compiled) {
            return Err(MediaError::Outside { src: src.clone() });
        }
    }
    Ok(())
}

/// Whether `path` lies in `folder` when all links are followed.
fn is_in(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(path)
        .zip(real(folder))
        .is_some_and(|(path, folder)| path.starts_with(folder))
}
