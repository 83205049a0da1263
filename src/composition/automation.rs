//! Automation lanes: breakpoints over time, and the shape of the way between them
//! (`@hyperframes/core` audioAutomation, 0.8.170).

use serde::Deserialize;
use serde_json::Value;

/// Most points a lane keeps.
const MAX_POINTS: usize = 512;

/// One breakpoint.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// Seconds from the start of whatever the lane belongs to.
    pub t: f64,
    /// Value.
    pub v: f64,
    /// Bend of the way to the next point, -1 to 1; 0 is straight.
    #[serde(default)]
    pub curve: f64,
    /// Where the way to the next point passes through, as shares of its time and of its rise.
    #[serde(default)]
    pub via_x: Option<f64>,
    /// See `via_x`.
    #[serde(default)]
    pub via_y: Option<f64>,
}

/// How values lie between two points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// Their logarithms in proportion.
    Log,
}

/// A lane: points in order of time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AutomationLane {
    /// In order of time.
    pub points: Vec<Point>,
}

impl AutomationLane {
    /// The value at `t`; before the first and after the last point it is theirs.
    pub fn sample(&self, t: f64, scale: Scale) -> f64 {
        let points = &self.points;
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return 0.0;
        };
        if t <= first.t {
            return first.v;
        }
        if t >= last.t {
            return last.v;
        }
        let after = points.partition_point(|point| point.t <= t);
        let (a, b) = (points[after - 1], points[after]);
        let span = b.t - a.t;
        if span <= 0.0 {
            return b.v;
        }
        let share = a.shape((t - a.t) / span);
        if scale == Scale::Log && a.v > 0.0 && b.v > 0.0 {
            return (a.v.ln() + (b.v.ln() - a.v.ln()) * share).exp();
        }
        a.v + (b.v - a.v) * share
    }
}

impl Point {
    /// A point from which the way is straight.
    pub fn straight(t: f64, v: f64) -> Self {
        Self {
            t,
            v,
            curve: 0.0,
            via_x: None,
            via_y: None,
        }
    }

    /// Whether the way to the next point is declared as a bent one.
    pub fn is_bent(self) -> bool {
        self.curve != 0.0 || self.via_x.is_some()
    }

    /// Share of the rise to the next point that is done at share `x` of the time.
    fn shape(&self, x: f64) -> f64 {
        match clamp_via(self.via_x, self.via_y) {
            Some((via_x, via_y)) => through(x.clamp(0.0, 1.0), via_x, via_y),
            None if self.curve == 0.0 => x,
            None => x.powf((2.0 * self.curve).exp2()),
        }
    }
}

fn clamp_via(x: Option<f64>, y: Option<f64>) -> Option<(f64, f64)> {
    let inside = |value: f64| value.clamp(0.001, 0.999);
    let (x, y) = (inside(finite(x)?), inside(finite(y)?));
    // On the diagonal the way is straight.
    ((x - y).abs() >= 1e-6).then_some((x, y))
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// A conic section from (0, 0) to (1, 1) whose middle passes through the via point: y at x.
fn through(x: f64, via_x: f64, via_y: f64) -> f64 {
    const EDGE: f64 = 0.999;
    const MAX_WEIGHT: f64 = 1e6;
    // The lightest weight with which the control point stays inside the unit square.
    let need = |offset: f64, via: f64| match offset {
        o if o > 0.0 => o / (EDGE - via),
        o if o < 0.0 => -o / (via - (1.0 - EDGE)),
        _ => 0.0,
    };
    let (dx, dy) = (via_x - 0.5, via_y - 0.5);
    let weight = 1.0f64.max(need(dx, via_x)).max(need(dy, via_y));
    let weight = weight.min(MAX_WEIGHT);
    let (control_x, control_y) = (via_x + dx / weight, via_y + dy / weight);
    let spread = 2.0 - 2.0 * weight;
    let t = parameter(
        x * spread - 1.0 + 2.0 * weight * control_x,
        -x * spread - 2.0 * weight * control_x,
        x,
    );
    let rest = 1.0 - t;
    let denominator = rest * rest + 2.0 * weight * t * rest + t * t;
    if denominator > 0.0 {
        (2.0 * weight * control_y * t * rest + t * t) / denominator
    } else {
        x
    }
}

/// The root of `a t² + b t + c` between 0 and 1.
fn parameter(a: f64, b: f64, c: f64) -> f64 {
    if a.abs() < 1e-12 {
        return if b.abs() < 1e-12 { c } else { -c / b };
    }
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    [(-b + root) / (2.0 * a), (-b - root) / (2.0 * a)]
        .into_iter()
        .find(|t| (-1e-9..=1.0 + 1e-9).contains(t))
        .map_or(c, |t| t.clamp(0.0, 1.0))
}

/// Lanes of an element's `data-automation`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Automation {
    lanes: Vec<(String, Vec<Value>)>,
}

impl Automation {
    /// Reads the attribute's JSON.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(json: &str) -> Result<Self, String> {
        let raw: Value = serde_json::from_str(json)
            .map_err(|e| format!("`data-automation` is not valid JSON: {e}"))?;
        if raw.get("version").and_then(Value::as_f64) != Some(1.0) {
            return Err("`data-automation` has no `version` 1".to_owned());
        }
        let Some(lanes) = raw.get("lanes").and_then(Value::as_array) else {
            return Err("`data-automation` has no `lanes` array".to_owned());
        };
        let read = |(index, lane): (usize, &Value)| {
            let target = lane.get("target").and_then(Value::as_str);
            let Some(target) = target.filter(|target| is_target(target)) else {
                return Err(format!(
                    "lane {index} of `data-automation` has no `target` such as volume, rate or fx.<node>.<parameter>"
                ));
            };
            let Some(points) = lane.get("points").and_then(Value::as_array) else {
                return Err(format!(
                    "lane {index} of `data-automation` has no `points` array"
                ));
            };
            Ok((target.to_owned(), points.clone()))
        };
        let lanes = lanes.iter().enumerate().map(read).collect::<Result<_, _>>();
        Ok(Self { lanes: lanes? })
    }

    /// The first lane for `target` that has usable points, its values kept within `range`.
    pub fn lane(&self, target: &str, range: (f64, f64)) -> Option<AutomationLane> {
        self.lanes
            .iter()
            .filter(|(name, _)| name == target)
            .map(|(_, points)| AutomationLane {
                points: clean_points(points, range),
            })
            .find(|lane| !lane.points.is_empty())
    }
}

fn is_target(target: &str) -> bool {
    if matches!(target, "volume" | "rate") {
        return true;
    }
    let parts: Vec<&str> = target.split('.').collect();
    matches!(parts[..], ["fx", node, parameter] if !node.is_empty() && !parameter.is_empty())
}

fn clean_points(points: &[Value], (least, most): (f64, f64)) -> Vec<Point> {
    let mut clean: Vec<Point> = points
        .iter()
        .filter_map(|point| {
            let field = |name: &str| point.get(name).and_then(json_number);
            Some(Point {
                t: field("t")?.max(0.0),
                v: field("v")?.clamp(least, most),
                curve: field("curve").unwrap_or(0.0).clamp(-1.0, 1.0),
                via_x: field("viaX"),
                via_y: field("viaY"),
            })
        })
        .collect();
    clean.sort_by(|a, b| a.t.total_cmp(&b.t));
    // Of points at one time the last one counts.
    clean.dedup_by(|later, kept| {
        let same = later.t == kept.t;
        if same {
            *kept = *later;
        }
        same
    });
    clean.truncate(MAX_POINTS);
    clean
}

/// A number, or a string that is one.
pub fn json_number(value: &Value) -> Option<f64> {
    let parsed = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    finite(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOUDEST: f64 = 4.0;

    fn volume(json: &str) -> Option<AutomationLane> {
        Automation::parse(json)
            .unwrap()
            .lane("volume", (0.0, LOUDEST))
    }

    #[test]
    fn points_are_cleaned_sorted_and_clamped() {
        let lane = volume(
            r#"{"version":1,"lanes":[{"target":"volume","points":[
                {"t":2,"v":9},{"t":"1","v":0.5},{"t":-1,"v":-3},{"t":null,"v":1},{"t":1,"v":0.25}]}]}"#,
        )
        .unwrap();
        let pairs: Vec<(f64, f64)> = lane.points.iter().map(|p| (p.t, p.v)).collect();
        assert_eq!(pairs, [(0.0, 0.0), (1.0, 0.25), (2.0, LOUDEST)]);
    }

    #[test]
    fn unreadable_automation_says_what_is_wrong() {
        for (json, word) in [
            ("{", "JSON"),
            ("[]", "version"),
            (r#"{"version":2,"lanes":[]}"#, "version"),
            (r#"{"version":1}"#, "lanes"),
            (
                r#"{"version":1,"lanes":[{"target":"pan","points":[]}]}"#,
                "lane 0",
            ),
            (r#"{"version":1,"lanes":[{"target":"volume"}]}"#, "points"),
        ] {
            let text = Automation::parse(json).unwrap_err();
            assert!(text.contains(word), "{json}: {text}");
        }
    }

    // Golden values: `sampleAutomationLane` of the 0.8.170 bundle, run in Node.
    #[test]
    fn shapes_match_upstream() {
        let lane = |point: &str, scale| {
            let json = format!(
                r#"{{"version":1,"lanes":[{{"target":"volume","points":[{point},{{"t":2,"v":1}}]}}]}}"#
            );
            volume(&json).unwrap().sample(0.5, scale)
        };
        for (point, scale, expected) in GOLDEN {
            let got = lane(point, *scale);
            assert!((got - expected).abs() < 1e-12, "{point}: {got}");
        }
    }

    const GOLDEN: &[(&str, Scale, f64)] = &[
        (r#"{"t":0,"v":0.25}"#, Scale::Linear, 0.4375),
        (r#"{"t":0,"v":0.25}"#, Scale::Log, 0.353_553_390_593_273_2),
        (r#"{"t":0,"v":0.25,"curve":0.5}"#, Scale::Linear, 0.296_875),
        (
            r#"{"t":0,"v":0.25,"curve":-1}"#,
            Scale::Linear,
            0.780_330_085_889_910_6,
        ),
        (
            r#"{"t":0,"v":0.25,"curve":-1}"#,
            Scale::Log,
            0.666_286_035_672_556_3,
        ),
        (
            r#"{"t":0,"v":0.25,"viaX":0.2,"viaY":0.8}"#,
            Scale::Linear,
            0.882_586_662_983_735_9,
        ),
        (
            r#"{"t":0,"v":0.25,"viaX":0.9,"viaY":0.05}"#,
            Scale::Linear,
            0.250_410_331_849_667_93,
        ),
        (
            r#"{"t":0,"v":0.25,"viaX":0.5,"viaY":0.9,"curve":0.3}"#,
            Scale::Log,
            0.494_752_192_995_721_8,
        ),
        // At the edge upstream's way dips below its first point: at 0.1 s it has 0.163.
        (
            r#"{"t":0,"v":0.25,"viaX":0.23,"viaY":0}"#,
            Scale::Linear,
            0.266_036_045_340_084_3,
        ),
    ];

    /// Via points at the edge, where upstream's way leaves the range of its points, are a golden value.
    const INSIDE: std::ops::Range<f64> = 0.0011..0.9989;

    proptest! {
        #[test]
        fn samples_stay_between_their_points(
            a in 0.0..LOUDEST, b in 0.0..LOUDEST, curve in -1.0..1.0f64,
            via in proptest::option::of((INSIDE, INSIDE)), t in -1.0..3.0f64,
        ) {
            let (via_x, via_y) = via.map_or((None, None), |(x, y)| (Some(x), Some(y)));
            let lane = AutomationLane { points: vec![
                Point { t: 0.0, v: a, curve, via_x, via_y },
                Point::straight(2.0, b),
            ]};
            let value = lane.sample(t, Scale::Linear);
            prop_assert!(value >= a.min(b) - 1e-9 && value <= a.max(b) + 1e-9, "{value}");
        }
    }
}
