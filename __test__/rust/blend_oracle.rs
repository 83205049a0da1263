//! Both forms of every transition beside the published engine's own output, which
//! `scripts/blend-oracle.mjs` has drawn.

#![allow(clippy::unwrap_used, missing_docs)] // a test: a panic is its way of failing

#[path = "blend_oracle/accuracy.rs"]
mod accuracy;
#[path = "blend_oracle/oracle.rs"]
mod oracle;

use accuracy::Accuracy;
use oracle::Oracle;
use producer_native::transitions::{Form, Transition};

/// Steps of a sixteen-bit sample that the fast form may be off.
const MOST: u16 = 32;
/// Decibels over the engine's output.
const LEAST_PSNR: f64 = 90.0;

/// The worst of a transition's cases at one size.
fn worst(oracle: &Oracle, transition: Transition, form: Form) -> Accuracy {
    let all = oracle
        .cases_of(transition)
        .map(|case| oracle.compare(case, form));
    all.reduce(Accuracy::worse).unwrap()
}

#[test]
fn the_exact_form_is_the_engines_at_64x36_to_the_byte() {
    let oracle = Oracle::open("64x36");
    for transition in Transition::all() {
        assert_eq!(
            oracle.cases_of(transition).count(),
            18,
            "{}",
            transition.name()
        );
        let worst = worst(&oracle, transition, Form::Exact);
        assert_eq!(worst.most, 0, "{}: {worst:?}", transition.name());
    }
}

#[test]
fn the_exact_form_is_the_engines_at_854x480() {
    let oracle = Oracle::open("854x480");
    for transition in Transition::all() {
        let worst = worst(&oracle, transition, Form::Exact);
        assert!(worst.most <= 1, "{}: {worst:?}", transition.name());
        assert!(
            worst.differing_ppm <= 10.0,
            "{}: {worst:?}",
            transition.name()
        );
    }
}

#[test]
fn the_fast_form_is_within_its_tolerance() {
    for size in ["64x36", "854x480"] {
        let oracle = Oracle::open(size);
        for transition in Transition::all() {
            let worst = worst(&oracle, transition, Form::Fast);
            let name = transition.name();
            if transition == Transition::Glitch {
                // Its steps are coarse: a sample on the other side of one is a whole step off.
                assert!(worst.over_128_ppm <= 1000.0, "{size} {name}: {worst:?}");
                continue;
            }
            assert!(worst.most <= MOST, "{size} {name}: {worst:?}");
            assert!(worst.psnr >= LEAST_PSNR, "{size} {name}: {worst:?}");
        }
    }
}

/// Writes `docs/transitions-accuracy.md`: `cargo test --release --test blend_oracle -- --ignored`
/// after `node scripts/blend-oracle.mjs small medium large`.
#[test]
#[ignore = "writes a document"]
fn table_of_the_accuracy() {
    accuracy::write_table();
}
