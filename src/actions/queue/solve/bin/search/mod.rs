//! The search of one host at given prices: what room is worth first, and then, if need be, a sweep over all ways.

mod sweep;

use super::{Bin, SCALE};

/// A gain of less than this is none: it keeps bounds within a thousandth of a move on ten hosts.
const NEAR: i64 = SCALE / 10_000;

/// A question to a host.
pub(super) struct Search<'b> {
    bin: &'b Bin,
    prices: Vec<i64>,
    rewards: Vec<i64>,
    /// What the room of each limit is taken to be worth.
    worth: Vec<i64>,
    /// The least that pieces from here on cost, room counted at its worth.
    rest: Vec<i64>,
    /// Queues that pieces from here on serve.
    reach: Vec<u64>,
    best: Vec<u32>,
    least: i64,
    floor: i64,
    /// The bound of ways that were not followed.
    dropped: i64,
    most: usize,
}

impl<'b> Search<'b> {
    pub(super) fn new(bin: &'b Bin, prices: &[i64], rewards: &[i64], most: usize) -> Self {
        let chosen: Vec<u32> = bin.pieces.iter().map(|piece| piece.lower).collect();
        Self {
            bin,
            prices: bin.pieces.iter().map(|piece| prices[piece.kind]).collect(),
            rewards: rewards.to_vec(),
            worth: vec![0; bin.rooms.len()],
            rest: Vec::new(),
            reach: Vec::new(),
            best: chosen,
            least: i64::MAX,
            floor: i64::MIN,
            dropped: i64::MAX,
            most,
        }
    }

    /// The best counts, by piece.
    pub(super) fn best(&self) -> &[u32] {
        &self.best
    }

    fn cost(&self, at: usize, count: u32) -> i64 {
        let piece = &self.bin.pieces[at];
        self.prices[at] * i64::from(count) + self.bin.per_move * i64::from(count.abs_diff(piece.now))
    }

    fn room_of(&self, at: usize, count: u32) -> i64 {
        let piece = &self.bin.pieces[at];
        let extra = i64::from(count - piece.lower);
        piece.sizes.iter().zip(&self.worth).map(|(size, worth)| size * worth * extra).sum()
    }

    /// The count of a piece that costs least, room counted at its worth; and that cost.
    fn pick(&self, at: usize) -> (u32, i64) {
        let piece = &self.bin.pieces[at];
        let now = piece.now.max(piece.lower).min(piece.upper);
        [now, piece.lower, piece.upper]
            .into_iter()
            .map(|count| (self.cost(at, count) + self.room_of(at, count), count))
            .min_by_key(|(cost, _)| *cost)
            .map_or((piece.lower, 0), |(cost, count)| (count, cost))
    }

    fn picks(&self) -> Vec<u32> {
        (0..self.bin.pieces.len()).map(|at| self.pick(at).0).collect()
    }

    fn used(&self, counts: &[u32], limit: usize) -> i64 {
        self.bin
            .pieces
            .iter()
            .zip(counts)
            .map(|(piece, count)| piece.sizes[limit] * i64::from(count - piece.lower))
            .sum()
    }

    fn keeps(&self, counts: &[u32]) -> bool {
        (0..self.bin.rooms.len()).all(|limit| self.used(counts, limit) <= self.bin.rooms[limit])
    }

    fn value(&self, counts: &[u32]) -> i64 {
        let cost: i64 = counts.iter().enumerate().map(|(at, count)| self.cost(at, *count)).sum();
        let served = self
            .bin
            .pieces
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count > 0)
            .fold(0, |bits, (piece, _)| bits | piece.serves);
        cost - self.reward(served)
    }

    fn reward(&self, queues: u64) -> i64 {
        self.rewards.iter().enumerate().filter(|(at, _)| queues >> at & 1 == 1).map(|(_, reward)| *reward).sum()
    }

    fn offer(&mut self, counts: &[u32]) {
        let value = self.value(counts);
        if value < self.least {
            self.least = value;
            self.best = counts.to_vec();
        }
    }

    fn bound(&self) -> i64 {
        let cost: i64 = (0..self.bin.pieces.len()).map(|at| self.pick(at).1).sum();
        let all = self.bin.pieces.iter().fold(0, |bits, piece| bits | piece.serves);
        cost - self.worth.iter().zip(&self.bin.rooms).map(|(worth, room)| worth * room).sum::<i64>() - self.reward(all)
    }

    /// Nothing is below.
    pub(super) fn bound_found(&self) -> i64 {
        if self.floor >= self.least {
            self.least
        } else {
            self.least.min(self.dropped).saturating_sub(NEAR).max(self.floor)
        }
    }

    pub(super) fn run(&mut self) {
        let lowest = self.best.clone();
        self.fill(lowest);
        let picks = self.picks();
        if self.keeps(&picks) {
            self.offer(&picks);
        }
        self.floor = self.bound();
        if self.floor < self.least {
            self.weigh();
        }
        if self.floor >= self.least {
            return;
        }
        let pieces = self.bin.pieces.len();
        self.rest = vec![0; pieces + 1];
        self.reach = vec![0; pieces + 1];
        for at in (0..pieces).rev() {
            self.rest[at] = self.rest[at + 1] + self.pick(at).1;
            self.reach[at] = self.reach[at + 1] | self.bin.pieces[at].serves;
        }
        self.sweep();
    }

    /// Finds what room is worth, so that the bound is high.
    fn weigh(&mut self) {
        let top = self.prices.iter().map(|price| price.abs()).max().unwrap_or(0) + self.bin.per_move;
        let mut best = (self.floor, self.worth.clone());
        for _ in 0..3 {
            let mut changed = false;
            for limit in 0..self.worth.len() {
                // The least worth at which the picks keep this limit.
                let (mut low, mut high) = (0, top.saturating_add(1));
                let before = self.worth[limit];
                while low < high {
                    let middle = low + (high - low) / 2;
                    self.worth[limit] = middle;
                    if self.used(&self.picks(), limit) <= self.bin.rooms[limit] {
                        high = middle;
                    } else {
                        low = middle + 1;
                    }
                }
                self.worth[limit] = low;
                changed |= low != before;
                let picks = self.picks();
                if self.keeps(&picks) {
                    self.fill(picks);
                }
                let bound = self.bound();
                if bound > best.0 {
                    best = (bound, self.worth.clone());
                }
            }
            if !changed {
                break;
            }
        }
        (self.floor, self.worth) = best;
    }

    /// Goes from picks that keep all limits towards what would be best without limits, as far as there is room.
    fn fill(&mut self, mut counts: Vec<u32>) {
        let pieces = &self.bin.pieces;
        let mut rooms: Vec<i64> =
            (0..self.bin.rooms.len()).map(|limit| self.bin.rooms[limit] - self.used(&counts, limit)).collect();
        let weight = |at: usize| {
            pieces[at].sizes.iter().zip(&self.bin.rooms).map(|(size, room)| size * 1000 / (room + 1)).sum::<i64>() + 1
        };
        loop {
            let mut best: Option<(i64, usize)> = None;
            for at in 0..pieces.len() {
                let fits = counts[at] < pieces[at].upper
                    && pieces[at].sizes.iter().zip(&rooms).all(|(size, room)| size <= room);
                if !fits {
                    continue;
                }
                let gain = (self.cost(at, counts[at]) - self.cost(at, counts[at] + 1)) / weight(at);
                if gain > 0 && best.is_none_or(|(most, _)| gain > most) {
                    best = Some((gain, at));
                }
            }
            let Some((_, at)) = best else { break };
            counts[at] += 1;
            for (room, size) in rooms.iter_mut().zip(&pieces[at].sizes) {
                *room -= size;
            }
        }
        self.offer(&counts);
    }
}
