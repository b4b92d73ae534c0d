//! Small programs in whole numbers: branch and bound on linear programs.

use super::lp::{Lp, Outcome};

/// What is asked.
pub(super) struct Question<'a> {
    /// The program.
    pub(super) lp: &'a Lp,
    /// What one of the program's cost is in costs asked for, which are whole.
    pub(super) scale: f64,
    /// An answer that is so much too dear will do.
    pub(super) slack: i64,
    /// Variables that must be whole, by number.
    pub(super) whole: &'a [usize],
    /// Only answers below this are of interest.
    pub(super) below: i64,
    /// So many nodes at most.
    pub(super) nodes: usize,
}

/// What came out.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The best values of the whole variables, and what they cost; `None`: there are none below what was asked for, or none was found.
    pub(super) best: Option<(i64, Vec<i64>)>,
    /// Nothing costs less; where it is not below what was asked for, nothing is.
    pub(super) bound: i64,
}

#[expect(clippy::cast_possible_truncation, reason = "values of these programs are far below 2^53")]
fn rounded_up(value: f64, scale: f64) -> i64 {
    ((value - 1e-6 - value.abs() * 1e-10) * scale).ceil() as i64
}

#[expect(clippy::cast_possible_truncation, reason = "values of these programs are far below 2^53")]
fn nearest(value: f64) -> i64 {
    value.round() as i64
}

struct Node {
    lp: Lp,
    bound: i64,
}

/// Finds the cheapest whole values; `exact` says what values really cost, and `None` where they are no answer after all.
pub(super) fn cheapest(question: &Question<'_>, exact: &dyn Fn(&[i64]) -> Option<i64>, go_on: &dyn Fn() -> bool) -> Answer {
    let mut best: Option<(i64, Vec<i64>)> = None;
    let mut below = question.below;
    let mut open = vec![Node { lp: question.lp.clone(), bound: i64::MIN }];
    let mut nodes = 0;
    let mut given_up = i64::MAX;
    while let Some(mut node) = open.pop() {
        if node.bound >= below {
            continue;
        }
        nodes += 1;
        if nodes > question.nodes || !go_on() {
            open.push(node);
            break;
        }
        match node.lp.solve() {
            Outcome::Infeasible => continue,
            Outcome::GivenUp => {
                given_up = given_up.min(node.bound);
                continue;
            }
            Outcome::Optimal => {}
        }
        let bound = rounded_up(node.lp.cost(), question.scale).max(node.bound);
        if bound >= below.saturating_sub(question.slack) {
            given_up = given_up.min(bound);
            continue;
        }
        let split = question
            .whole
            .iter()
            .map(|&variable| (variable, node.lp.value(variable)))
            .map(|(variable, value)| (variable, value, (value - value.round()).abs()))
            .filter(|(_, _, off)| *off > 1e-6)
            .max_by(|a, b| a.2.total_cmp(&b.2).then(b.0.cmp(&a.0)));
        let Some((variable, value, _)) = split else {
            let values: Vec<i64> = question.whole.iter().map(|&variable| nearest(node.lp.value(variable))).collect();
            match exact(&values) {
                Some(cost) => {
                    if cost < below {
                        below = cost;
                        best = Some((cost, values));
                    }
                    // Rounding may have hidden something cheaper here.
                    if cost > bound {
                        given_up = given_up.min(bound);
                    }
                }
                None => given_up = given_up.min(bound),
            }
            continue;
        };
        let (lower, upper) = node.lp.bounds(variable);
        let mut down = Node { lp: node.lp.clone(), bound };
        down.lp.bound(variable, lower, value.floor());
        let mut up = Node { lp: node.lp, bound };
        up.lp.bound(variable, value.ceil(), upper);
        // The last is looked at first.
        if value - value.floor() < 0.5 {
            open.extend([up, down]);
        } else {
            open.extend([down, up]);
        }
    }
    let unseen = open.iter().map(|node| node.bound).min().unwrap_or(i64::MAX);
    Answer { best, bound: below.min(unseen).min(given_up) }
}
