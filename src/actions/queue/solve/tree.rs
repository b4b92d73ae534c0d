//! Branch and bound over sums and hosts, on the bounds of [`super::columns`].

use super::super::model::Placement;
use super::columns::{Goal, Pool, Relaxed, relax};
use super::frame::Frame;
use super::place::{Draft, Taste};
use super::sums::Sums;

/// A part of the question: bounds of hosts, and of sums.
#[derive(Clone)]
struct Node<'m> {
    frame: Frame<'m>,
    lower: Vec<i64>,
    upper: Vec<i64>,
    bound: i64,
}

/// What is asked of the tree.
pub(super) struct Tree<'a> {
    pub(super) goal: Goal,
    /// Nodes at most.
    pub(super) nodes: usize,
    /// Prices at most that are tried at a node.
    pub(super) turns: usize,
    pub(super) go_on: &'a dyn Fn() -> bool,
}

impl Tree<'_> {
    /// Looks for placements that cost less than `below`, and gives each to `offer`, which says what is of interest from then on. The bound:
    /// nothing within the frame costs less than that, or than what `offer` said last.
    pub(super) fn search(
        &self,
        frame: &Frame<'_>,
        mut below: i64,
        pool: &mut Pool,
        offer: &mut dyn FnMut(Placement) -> i64,
    ) -> i64 {
        let sums = Sums::new(frame);
        let root = Node { frame: frame.clone(), lower: sums.lower.clone(), upper: sums.upper.clone(), bound: i64::MIN };
        let mut open = vec![root];
        let mut seen = 0;
        while let Some(node) = open.pop() {
            if node.bound >= below {
                continue;
            }
            if seen >= self.nodes || !(self.go_on)() {
                open.push(node);
                break;
            }
            seen += 1;
            let mut sums = Sums::new(&node.frame);
            for kind in 0..sums.lower.len() {
                sums.lower[kind] = sums.lower[kind].max(node.lower[kind]);
                sums.upper[kind] = sums.upper[kind].min(node.upper[kind]);
            }
            let Some(relaxed) = relax(&node.frame, &sums, self.goal, below, pool, self.turns, self.go_on) else {
                continue;
            };
            let bound = relaxed.bound.max(node.bound);
            if bound >= below {
                continue;
            }
            if relaxed.mean.is_empty() {
                open.push(Node { bound, ..node });
                break;
            }
            self.round(&node.frame, &relaxed, &mut below, offer);
            if bound >= below {
                continue;
            }
            // Where nothing is to be split, one placement alone was left, and it has been offered.
            if let Some((first, second)) = split(&node, &relaxed) {
                open.push(Node { bound, ..second });
                open.push(Node { bound, ..first });
            }
        }
        open.iter().map(|node| node.bound).min().unwrap_or(i64::MAX).min(below)
    }

    /// Looks for one placement quickly: the hosts whose choice is clearest keep it, and the others choose again, until all have.
    /// The bound is that of [`Tree::search`].
    pub(super) fn dive(
        &self,
        frame: &Frame<'_>,
        mut below: i64,
        pool: &mut Pool,
        offer: &mut dyn FnMut(Placement) -> i64,
    ) -> i64 {
        let (hosts, kinds) = (frame.model.hosts.len(), frame.model.kinds.len());
        let mut frame = frame.clone();
        let mut fixed = vec![false; hosts];
        let mut bound = None;
        loop {
            let sums = Sums::new(&frame);
            let turns = if bound.is_none() { self.turns } else { self.turns / 4 };
            let Some(relaxed) = relax(&frame, &sums, self.goal, below, pool, turns, self.go_on) else {
                return bound.unwrap_or(i64::MAX).min(below);
            };
            let root = *bound.get_or_insert(relaxed.bound);
            if relaxed.bound >= below || relaxed.mean.is_empty() {
                return root.min(below);
            }
            self.round(&frame, &relaxed, &mut below, offer);
            if relaxed.bound >= below || !(self.go_on)() {
                return root.min(below);
            }
            let mut order: Vec<usize> = (0..hosts).filter(|host| !fixed[*host]).collect();
            if order.is_empty() {
                return root.min(below);
            }
            order.sort_by(|a, b| relaxed.loads[*b].1.total_cmp(&relaxed.loads[*a].1).then(a.cmp(b)));
            let clear = order.iter().filter(|host| relaxed.loads[**host].1 > 0.95).count();
            for &host in &order[..clear.max(1).max(order.len() / 6)] {
                fixed[host] = true;
                for kind in 0..kinds {
                    let count = relaxed.loads[host].0[kind];
                    frame.lower.set(host, kind, count);
                    frame.upper.set(host, kind, count);
                }
            }
        }
    }

    /// Tries to make placements of what the bound rests on.
    fn round(&self, frame: &Frame<'_>, relaxed: &Relaxed, below: &mut i64, offer: &mut dyn FnMut(Placement) -> i64) {
        let (hosts, kinds) = (frame.model.hosts.len(), frame.model.kinds.len());
        let mut tried: Vec<Draft<'_, '_>> = Vec::new();
        // Costs are convex: where the mean is whole, it is as good as what it is the mean of.
        *below = offer(mean(frame, relaxed, 0.5)).min(*below);
        if relaxed.target.len() != kinds {
            return;
        }
        if let Some(placement) = relaxed.rounded(hosts, kinds) {
            tried.push(Draft::new(frame, placement));
        }
        tried.push(Draft::new(frame, mean(frame, relaxed, 1e-6)));
        tried.push(Draft::kept(frame));
        for draft in tried {
            for taste in [Taste::Wide, Taste::Tight] {
                let mut draft = draft.clone();
                if draft.reach(&relaxed.target, taste, self.go_on) && draft.holds() {
                    *below = offer(draft.placement).min(*below);
                }
            }
        }
    }
}

/// The mean of the choices, so much added and rounded down.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small and not negative")]
fn mean(frame: &Frame<'_>, relaxed: &Relaxed, add: f64) -> Placement {
    let (hosts, kinds) = (frame.model.hosts.len(), frame.model.kinds.len());
    let mut placement = Placement::empty(hosts, kinds);
    for host in 0..hosts {
        for kind in 0..kinds {
            let count = (relaxed.mean[host * kinds + kind] + add).floor().max(0.0) as u32;
            placement.set(host, kind, count.max(frame.lower.get(host, kind)).min(frame.upper.get(host, kind)));
        }
    }
    placement
}

/// The two halves of a question, the more promising first.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small and not negative")]
fn split<'m>(node: &Node<'m>, relaxed: &Relaxed) -> Option<(Node<'m>, Node<'m>)> {
    let kinds = relaxed.sums.len();
    let off = |value: f64| (value - value.round()).abs();
    let most = |values: &[f64]| {
        let found = values
            .iter()
            .enumerate()
            .map(|(at, value)| (at, off(*value)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        found.filter(|(_, off)| *off > 1e-4).map(|(at, _)| at)
    };
    let (mut low, mut high) = (node.clone(), node.clone());
    let value = if let Some(kind) = most(&relaxed.sums) {
        let value = relaxed.sums[kind];
        low.upper[kind] = low.upper[kind].min(value.floor() as i64);
        high.lower[kind] = high.lower[kind].max(value.floor() as i64 + 1);
        value
    } else if let Some(at) = most(&relaxed.mean) {
        let (host, kind, value) = (at / kinds, at % kinds, relaxed.mean[at]);
        let floor = value.floor().max(0.0) as u32;
        low.frame.upper.set(host, kind, floor.min(low.frame.upper.get(host, kind)));
        high.frame.lower.set(host, kind, (floor + 1).max(high.frame.lower.get(host, kind)));
        value
    } else {
        // The mean is whole, but the bound is below what it costs: one more cell is settled.
        let open =
            |at: &usize| node.frame.lower.get(at / kinds, at % kinds) < node.frame.upper.get(at / kinds, at % kinds);
        let at = (0..relaxed.mean.len()).find(open)?;
        let (host, kind) = (at / kinds, at % kinds);
        let (lower, upper) = (node.frame.lower.get(host, kind), node.frame.upper.get(host, kind));
        let count = (relaxed.mean[at].round().max(0.0) as u32).max(lower).min(upper - 1);
        low.frame.upper.set(host, kind, count);
        high.frame.lower.set(host, kind, count + 1);
        relaxed.mean[at]
    };
    Some(if value - value.floor() < 0.5 { (low, high) } else { (high, low) })
}
