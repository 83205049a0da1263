//! The stage that turns HDR images of other formats into PNG files, which are what frames are
//! composited from.

use std::path::Path;
use std::time::Duration;

use crate::plan::{HdrFacts, HdrImage};
use crate::process::{ChildSpec, media_input, path_arg, run_to_end, without_refusal, words};

/// Deadline of one image.
const DEADLINE: Duration = Duration::from_secs(60);

/// Replaces the files of images that are no PNG by such in `folder`, of 16 bits. What `ffmpeg`
/// cannot decode counts as SDR: Chrome draws what it can of it.
pub(in crate::job) async fn hdr_stills(ffmpeg: &Path, folder: &Path, facts: &mut HdrFacts) {
    let mut images = Vec::new();
    for (at, image) in std::mem::take(&mut facts.images).into_iter().enumerate() {
        if image
            .path
            .extension()
            .is_some_and(|name| name.eq_ignore_ascii_case("png"))
        {
            images.push(image);
            continue;
        }
        let path = folder.join(format!("hdr-still-{at}.png"));
        match convert(ffmpeg, &image.path, &path).await {
            Ok(()) => images.push(HdrImage { path, ..image }),
            Err(why) => facts.unreadable.push(format!(
                "image \"{}\", {}, cannot be decoded by ffmpeg ({why}) and counts as SDR; save it as a 16-bit PNG with a cICP chunk",
                image.id,
                image.path.display()
            )),
        }
    }
    facts.images = images;
}

async fn convert(ffmpeg: &Path, from: &Path, to: &Path) -> Result<(), String> {
    let mut args = words(&["-nostdin", "-v", "error", "-xerror", "-y"]);
    args.extend(media_input(from));
    args.extend(words(&[
        "-map",
        "0:v:0",
        "-frames:v",
        "1",
        "-c:v",
        "png",
        "-pix_fmt",
        "rgb48be",
    ]));
    args.extend(words(&["-f", "image2", "-update", "1"]));
    args.push(path_arg(to));
    let spec = ChildSpec {
        program: ffmpeg.to_owned(),
        args: args.into_iter().map(Into::into).collect(),
        ..ChildSpec::default()
    };
    match run_to_end(spec, DEADLINE).await {
        Ok(run) if run.exit.success() && to.is_file() => Ok(()),
        Ok(run) => Err(without_refusal(&run.stderr_tail(2)).replace('\n', "; ")),
        Err(error) => Err(error.to_string()),
    }
}
