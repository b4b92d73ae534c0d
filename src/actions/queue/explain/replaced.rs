//! Kinds that take the place of others, counted in processes and in connections.

use std::collections::BTreeSet;

use super::words::{called, list, plural};
use crate::actions::queue::model::{Model, Placement};

/// What becomes of kinds that must end.
pub(super) struct Replaced<'a> {
    model: &'a Model,
    target: &'a Placement,
    /// A kind that ends, and one that takes its place.
    pairs: BTreeSet<(usize, usize)>,
}

impl<'a> Replaced<'a> {
    pub(super) fn of(model: &'a Model, target: &'a Placement) -> Self {
        let ends = |kind: &usize| {
            let of = &model.kinds[*kind];
            (of.retired || of.stale_of.is_some()) && target.of_kind(*kind) < model.now.of_kind(*kind)
        };
        let grows = |kind: &usize| target.of_kind(*kind) > model.now.of_kind(*kind);
        let mut pairs = BTreeSet::new();
        for old in (0..model.kinds.len()).filter(ends) {
            for new in (0..model.kinds.len()).filter(grows) {
                let shares =
                    model.kinds[old].serves.iter().zip(&model.kinds[new].serves).any(|(a, b)| *a > 0 && *b > 0);
                if shares || model.kinds[old].stale_of == Some(new) {
                    pairs.insert((old, new));
                }
            }
        }
        Self { model, target, pairs }
    }

    /// What a kind takes the place of, such as `ingress-20 (8 × 20 connections) becomes ingress (32 × 5): 160 connections
    /// before and after`.
    pub(super) fn by(&self, new: usize) -> Option<String> {
        let olds: BTreeSet<usize> = self.pairs.iter().filter(|pair| pair.1 == new).map(|pair| pair.0).collect();
        let news: BTreeSet<usize> =
            self.pairs.iter().filter(|pair| olds.contains(&pair.0)).map(|pair| pair.1).collect();
        if olds.is_empty() {
            return None;
        }
        let told = |at: &Placement, unit: &str| {
            let kinds = olds.union(&news).filter(|kind| at.of_kind(**kind) > 0);
            let all: u64 =
                kinds.clone().map(|kind| u64::from(at.of_kind(*kind)) * u64::from(self.connections(*kind))).sum();
            let words = kinds.enumerate().map(|(index, &kind)| {
                let unit = if index == 0 { unit } else { "" };
                format!("{} ({} × {}{unit})", self.name(kind), at.of_kind(kind), self.connections(kind))
            });
            (list(&words.collect::<Vec<_>>()), all)
        };
        let ((before, at_first), (after, in_the_end)) = (told(&self.model.now, " connections"), told(self.target, ""));
        let become_ = if olds.union(&news).filter(|kind| self.model.now.of_kind(**kind) > 0).count() > 1 {
            "become"
        } else {
            "becomes"
        };
        let sum = if at_first == in_the_end {
            format!("{} before and after", plural(at_first, "connection", "connections"))
        } else {
            format!("{} before, {in_the_end} after", plural(at_first, "connection", "connections"))
        };
        Some(format!("{before} {become_} {after}: {sum}"))
    }

    /// Why what takes the place of a kind is better: more capacity with the same connections.
    pub(super) fn bargain(&self, old: usize) -> Option<String> {
        let of = &self.model.kinds[old];
        let mut news = self.pairs.iter().filter(|pair| pair.0 == old).map(|pair| pair.1);
        let (new, queue) = news.find_map(|new| {
            let shared = of.serves.iter().zip(&self.model.kinds[new].serves).position(|(a, b)| *a > 0 && *b > 0)?;
            Some((new, shared))
        })?;
        let by = &self.model.kinds[new];
        let (was, each, name) = (of.serves[queue], by.serves[queue], &self.model.queues[queue].name);
        let fit = of.connections.checked_div(by.connections).unwrap_or(0);
        (fit > 0 && u64::from(fit) * u64::from(each) > u64::from(was)).then(|| {
            format!(
                "a process serves {was} of {name} with its {}; {fit} × {} of {} serve {}",
                plural(of.connections, "connection", "connections"),
                by.connections,
                self.name(new),
                u64::from(fit) * u64::from(each)
            )
        })
    }

    fn connections(&self, kind: usize) -> u32 {
        self.model.kinds[kind].connections
    }

    /// Connections stand beside it anyway.
    fn name(&self, kind: usize) -> String {
        let of = &self.model.kinds[kind];
        let differs = of.stale_of.is_none_or(|declared| self.connections(declared) != of.connections);
        if differs && of.serves.iter().any(|each| *each > 0) { of.name.clone() } else { called(self.model, kind) }
    }
}
