//! The scripts that run in a page, embedded at build time, and how their modules are put together.
//!
//! A script with several subjects is a folder of `scripts/`, with a file per module. Each file is
//! one call `define("name", (modules) => ...)`, whose function gets the modules before it by name,
//! and `config`, what the host gives to the script. What it returns is the module. All files of a
//! folder run in one function, in the order given here, so that a page sees nothing of them but
//! what they assign to `window`.

use serde::Serialize;

/// The modules of one folder as a JavaScript function of `config`.
macro_rules! modules {
    ($folder:literal: $($module:literal),+ $(,)?) => {
        concat!(
            "(config) => {\n",
            "const modules = { config };\n",
            "const define = (name, make) => { modules[name] = make(modules); };\n",
            $(include_str!(concat!("scripts/", $folder, "/", $module, ".js")),)+
            "}",
        )
    };
}

/// Media elements by render id: `__hfMediaEl` and `__hfMediaId`.
pub(super) const RESOLVERS: &str = include_str!("scripts/resolvers.js");

/// Bounds what pages say to their consoles.
pub(super) const CONSOLE_LIMIT: &str = include_str!("scripts/console_limit.js");

/// The clock of documents in frames that are not served.
pub(super) const FRAME_CLOCK: &str = include_str!("scripts/frame_clock.js");

/// Dialogs that open nothing; its configuration marks its lines in the console.
pub(super) const DIALOGS: &str = modules!("dialogs": "dismissed");

/// `__hfNativeStubVideo`, which [`SOURCE_FRAMES`] and [`LAYERS`] use.
pub(super) const STUB_VIDEO: &str = include_str!("scripts/stub_video.js");

/// Names for media elements that scripts insert without one.
pub(super) const NAME_MEDIA: &str = include_str!("scripts/name_media.js");

/// `__hfNativeSetsVolume`: whether scripts set volumes.
pub(super) const VOLUME_NOTICE: &str = include_str!("scripts/volume_notice.js");

/// `__hfNative`: readiness and frames.
pub(super) const DRIVER: &str = modules!("driver":
    "caret",
    "backgrounds",
    "seek",
    "ownership",
    "engine",
    "trees",
    "clip_start",
    "animation_clock",
    "timers",
    "animation_events",
    "animations",
    "smil",
    "view_transitions",
    "starters",
    "page_time",
    "sample",
    "frame",
    "ahead",
    "pending",
    "readiness",
    "background",
    "exports",
);

/// Colour grading by upstream's runtime: cheaper drawings, and elements that keep their opacity.
pub(super) const GRADING: &str = modules!("grading":
    "fold",
    "programs",
    "uploads",
    "hiding",
    "install",
);

/// The function by which [`SOURCE_FRAMES`] asks for the shadow roots of videos.
pub(super) const SHADOW_ROOTS: &str = "__hfNativeShadowRoots";

/// `__hfNativeSource`: the frames of video clips.
pub(super) const SOURCE_FRAMES: &str = modules!("source_frames":
    "visibility",
    "clips",
    "shadow_trees",
    "scale",
    "stand_in",
    "tilt",
    "style_mirror",
    "boxes",
    "halving",
    "fetch",
    "bitmap",
    "draw",
    "textures",
    "schedule",
);

/// `__hfNativeScenes`: transitions between scenes.
pub(super) const SCENES: &str = modules!("scenes":
    "transitions",
    "painting_order",
    "passes",
);

/// `__hfNativeLayers`: the layers of a page with HDR sources.
pub(super) const LAYERS: &str = modules!("layers":
    "css_values",
    "geometry",
    "timed_elements",
    "masks",
    "stack",
);

/// The call of `script`, a function of `config`. Only for configurations whose JSON cannot fail.
pub(super) fn call(script: &str, config: &impl Serialize) -> String {
    // JSON is a JavaScript expression.
    let config = serde_json::to_string(config).unwrap_or_default();
    format!("({script})({config});")
}

/// As [`call`], but not in the iframes of the page.
pub(super) fn call_in_top_frame(script: &str, config: &impl Serialize) -> String {
    format!("if (window === window.top) {}", call(script, config))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn every_module_is_embedded() {
        let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/page/scripts");
        for (folder, script) in [
            ("dialogs", DIALOGS),
            ("driver", DRIVER),
            ("grading", GRADING),
            ("source_frames", SOURCE_FRAMES),
            ("scenes", SCENES),
            ("layers", LAYERS),
        ] {
            for entry in std::fs::read_dir(scripts.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(script.contains(&text), "{}", path.display());
            }
        }
    }

    #[test]
    fn a_script_is_called_with_its_configuration() {
        let clips = serde_json::json!({"clips": ["a\"b"]});
        assert_eq!(
            call("(c) => c", &clips),
            r#"((c) => c)({"clips":["a\"b"]});"#
        );
        assert_eq!(call("(c) => c", &()), "((c) => c)(null);");
        assert_eq!(
            call_in_top_frame("f", &1),
            "if (window === window.top) (f)(1);"
        );
    }
}
