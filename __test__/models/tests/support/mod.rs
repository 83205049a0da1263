//! How much is explored.

use std::sync::Arc;

use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// Schedules of each kind, unless `MODEL_SCHEDULES` says otherwise.
const SCHEDULES: usize = 2_000;
/// How often a schedule takes the turn away on purpose, at most.
const PREEMPTIONS: usize = 3;

/// Runs `model` under random schedules, and under as many that look for rare orders (Burckhardt and
/// others, "A randomized scheduler with probabilistic guarantees of finding bugs", 2010). A model that
/// cannot go on is an error.
pub fn explore(model: impl Fn() + Send + Sync + 'static) {
    let wanted = std::env::var("MODEL_SCHEDULES");
    let schedules = wanted.map_or(SCHEDULES, |text| text.parse().unwrap());
    let model = Arc::new(model);
    let again = Arc::clone(&model);
    let random = Runner::new(RandomScheduler::new(schedules), Config::new()).run(move || model());
    let rare = PctScheduler::new(PREEMPTIONS, schedules);
    let rare = Runner::new(rare, Config::new()).run(move || again());
    println!("explored {} schedules", random + rare);
}

/// Runs `model` under every schedule there is.
#[allow(dead_code, reason = "only the fence is small enough")]
pub fn exhaust(model: impl Fn() + Send + Sync + 'static) {
    let runs = Runner::new(DfsScheduler::new(None, false), Config::new()).run(model);
    println!("explored all {runs} schedules");
}
