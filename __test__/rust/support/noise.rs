//! White noise that is the same in every run. Shared by unit tests, integration tests and benches.

/// Numbers of a linear congruential generator (the constants of "Numerical Recipes"). Use the
/// upper bits: the lower ones repeat after few numbers.
pub fn noise(mut state: u32) -> impl Iterator<Item = u32> {
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    })
}
