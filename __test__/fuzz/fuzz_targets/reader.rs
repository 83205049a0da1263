//! One reader of `producer_native::fuzzing`, which `HF_FUZZ_READER` names.

#![no_main]

use std::sync::LazyLock;

use producer_native::fuzzing::TARGETS;

static READ: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("HF_FUZZ_READER").expect("HF_FUZZ_READER names a reader");
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    found.expect("a reader of this name").1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| READ(data));
