//! What the preview's style promises whatever a browser draws: pictures at rest are untouched, the
//! author's colours show, and neither threads nor what was drawn before change a byte.

#![allow(clippy::unwrap_used, missing_docs)] // a test: a panic is its way of failing

#[path = "support/noise.rs"]
mod noise;

use Transition::{
    ChromaticSplit, CinematicZoom, CrossWarpMorph, DomainWarp, FlashThroughWhite, Glitch,
    GravitationalLens, LightLeak, RidgedBurn, RippleWaves, SdfIris, SwirlVortex, ThermalDistortion,
    WhipPan,
};
use noise::noise;
use producer_native::transitions::{
    Accents, Blender, BlenderOptions, Form, FrameSize, Frames, Look, Transition, TransitionStyle,
};
use proptest::prelude::*;

/// Eight-bit white noise as 16-bit samples: nothing hides an error of a reading position.
fn samples(count: usize, seed: u32) -> Vec<u16> {
    let eight_bits = |n: u32| (n >> 24) as u16 * 257;
    noise(seed).map(eight_bits).take(count).collect()
}

fn blender(threads: usize, cache_bytes: usize) -> Blender {
    Blender::new(BlenderOptions {
        threads,
        cache_bytes,
    })
    .unwrap()
}

struct Scene {
    size: FrameSize,
    from: Vec<u16>,
    to: Vec<u16>,
}

impl Scene {
    fn new(width: usize, height: usize) -> Self {
        let size = FrameSize::new(width, height).unwrap();
        let count = size.samples();
        Self {
            size,
            from: samples(count, 1),
            to: samples(count, 2),
        }
    }

    fn draw(
        &self,
        blender: &Blender,
        transition: Transition,
        style: Style,
        form: Form,
        progress: f64,
    ) -> Vec<u16> {
        let Style(style, accents) = style;
        let look = Look {
            transition,
            style,
            accents,
            progress,
        };
        let mut out = vec![0; self.size.samples()];
        let frames = Frames {
            from: &self.from,
            to: &self.to,
            out: &mut out,
        };
        let drawn = blender.blend(look, form, frames, self.size);
        drawn.unwrap();
        out
    }
}

/// A style with its accents.
#[derive(Clone, Copy)]
struct Style(TransitionStyle, Accents);

fn preview() -> Style {
    Style(TransitionStyle::Preview, Accents::default())
}

fn engine() -> Style {
    Style(TransitionStyle::Engine, Accents::default())
}

/// The programs of the other transitions alter the picture there: they posterise it, curve it, or
/// have begun to show the other one.
#[test]
fn pictures_at_rest_are_untouched() {
    let blender = blender(2, 1 << 24);
    let scene = Scene::new(150, 84);
    let first = [
        ChromaticSplit,
        WhipPan,
        RippleWaves,
        GravitationalLens,
        CinematicZoom,
        SwirlVortex,
        ThermalDistortion,
        FlashThroughWhite,
        CrossWarpMorph,
    ];
    for form in [Form::Exact, Form::Fast] {
        for transition in first {
            let drawn = scene.draw(&blender, transition, preview(), form, 0.0);
            assert!(drawn == scene.from, "{} {form:?}", transition.name());
        }
        for transition in first.into_iter().chain([SdfIris, Glitch, LightLeak]) {
            let drawn = scene.draw(&blender, transition, preview(), form, 1.0);
            assert!(drawn == scene.to, "{} {form:?}", transition.name());
        }
    }
}

#[test]
fn accents_colour_what_glows_and_nothing_else() {
    let blender = blender(2, 1 << 24);
    let scene = Scene::new(150, 84);
    let glowing = [
        DomainWarp,
        RidgedBurn,
        SdfIris,
        RippleWaves,
        LightLeak,
        ThermalDistortion,
    ];
    for form in [Form::Exact, Form::Fast] {
        for transition in Transition::all() {
            let draw = |accents| {
                let style = Style(TransitionStyle::Preview, accents);
                scene.draw(&blender, transition, style, form, 0.4)
            };
            let blue = draw(Accents::of_hex("#2040ff"));
            let changed = draw(Accents::default()) != blue;
            let name = transition.name();
            assert_eq!(changed, glowing.contains(&transition), "{name} {form:?}");
        }
    }
}

#[test]
fn accents_out_of_range_are_clamped() {
    let blender = blender(1, 0);
    let scene = Scene::new(70, 8);
    let all = |value: f64| {
        Style(
            TransitionStyle::Preview,
            Accents {
                accent: [value; 3],
                dark: [value; 3],
                bright: [value; 3],
            },
        )
    };
    for transition in Transition::all() {
        let draw = |value| scene.draw(&blender, transition, all(value), Form::Fast, 0.5);
        assert!(draw(1e300) == draw(1.0), "{}", transition.name());
        assert!(
            draw(f64::NEG_INFINITY) == draw(0.0),
            "{}",
            transition.name()
        );
        draw(f64::NAN);
    }
}

#[test]
fn neither_threads_nor_what_was_drawn_before_change_a_byte() {
    let scene = Scene::new(150, 70);
    let blenders = [blender(1, 0), blender(1, 1 << 20), blender(3, 1 << 20)];
    for transition in Transition::all() {
        for p in [0.0, 0.3, 1.0] {
            let draw = |blender: &Blender| {
                // Its noise, of another kind, is kept as well.
                scene.draw(blender, transition, engine(), Form::Fast, p);
                scene.draw(blender, transition, preview(), Form::Fast, p)
            };
            let first = draw(&blenders[0]);
            for other in &blenders[1..] {
                assert!(draw(other) == first, "{} at {p}", transition.name());
            }
        }
    }
}

#[test]
fn a_crossfade_is_the_engines() {
    let blender = blender(2, 0);
    let scene = Scene::new(100, 9);
    let draw = |style| scene.draw(&blender, Transition::Crossfade, style, Form::Fast, 0.37);
    assert!(draw(preview()) == draw(engine()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_size_and_no_progress_panics_and_fast_stays_close(
        width in prop_oneof![1usize..12, 60usize..200],
        height in 1usize..40,
        p in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0, any::<f64>().prop_filter("a number", |p| !p.is_nan())],
        chosen in 0usize..15,
    ) {
        let transition = Transition::all().nth(chosen).unwrap();
        let scene = Scene::new(width, height);
        let blender = blender(2, 1 << 16);
        let draw = |form| scene.draw(&blender, transition, preview(), form, p);
        let (exact, fast) = (draw(Form::Exact), draw(Form::Fast));
        let off = exact.iter().zip(&fast).filter(|(a, b)| a.abs_diff(**b) > 48).count();
        // A sample next to a step of its posterisation falls on the other side now and then.
        let most = if transition == Glitch { 2 + exact.len() / 1000 } else { 0 };
        prop_assert!(off <= most, "{} at {p}: {off} of {}", transition.name(), exact.len());
    }
}
