//! A figure beside a rival's, for people and for programs.

use serde_json::json;

use super::plan::{Part, Plan};

/// What is measured.
#[derive(Clone, Copy)]
pub(super) struct Metric<'a> {
    pub(super) part: Part,
    /// Workload or circumstance.
    pub(super) of: &'a str,
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
}

/// Prints one line. `must` is what the ratio may be at most, where that is laid down.
pub(super) fn tell(plan: &Plan, metric: Metric<'_>, ours: f64, rival: (&str, f64), must: Option<f64>) {
    let (rival, rival_value) = rival;
    // Nothing beside nothing is as much.
    let ratio = if ours == rival_value { 1.0 } else { ours / rival_value };
    let Metric { part, of, name, unit } = metric;
    if plan.as_json {
        let line = json!({
            "bench": "recorder", "part": part.name(), "metric": format!("{of}-{name}"), "value": ours,
            "unit": unit, "rival": rival, "rival_value": rival_value, "ratio": ratio, "must": must,
        });
        println!("{line}");
    } else {
        let must = match must {
            Some(must) if ratio <= must => format!("  (at most {must}: met)"),
            Some(must) => format!("  (at most {must}: MISSED)"),
            None => String::new(),
        };
        println!(
            "{:10} {of:9} {name:17} {ours:10.4} {unit:7} {rival:24} {rival_value:10.4}  ratio {ratio:.4}{must}",
            part.name()
        );
    }
}

/// The middle of some values; not a number of none.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    at_share(values, 1, 2)
}

/// The value that `part` of `whole` of all others do not exceed.
pub(super) fn at_share(values: impl IntoIterator<Item = f64>, part: usize, whole: usize) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let index = (values.len() * part / whole).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_edge_of_some_values_are_found() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
        let hundred = (1..=100).map(f64::from);
        assert_eq!(at_share(hundred, 95, 100), 96.0);
        assert_eq!(at_share([7.0], 95, 100), 7.0);
    }
}
