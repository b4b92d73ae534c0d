//! The sweep: piece by piece, all ways that may still become the best.

use super::super::Piece;
use super::{NEAR, Search};

/// Ways that each is compared with at most, on either end.
const COMPARED: usize = 60;

impl Search<'_> {
    /// Goes through the pieces, keeping what may still become the best: of two ways that came equally far, one that costs no less and
    /// leaves no more room is dropped.
    pub(super) fn sweep(&mut self) {
        let pieces = self.bin.pieces.len();
        let total: i64 = self.worth.iter().zip(&self.bin.rooms).map(|(worth, room)| worth * room).sum();
        let mut ways = vec![Way { reduced: 0, cost: 0, served: 0, rooms: self.bin.rooms.clone(), from: 0, count: 0 }];
        let mut trail: Vec<Vec<(usize, u32)>> = Vec::new();
        for at in 0..pieces {
            let mut next: Vec<Way> = Vec::new();
            for (from, way) in ways.iter().enumerate() {
                self.extend(at, from, way, total, &mut next);
            }
            let usable = Usable::new(&self.bin.pieces[at + 1..], self.bin.rooms.len());
            for way in &mut next {
                usable.cut(&mut way.rooms);
            }
            ways = self.undominated(at + 1, next, total);
            trail.push(ways.iter().map(|way| (way.from, way.count)).collect());
        }
        let found = ways.iter().enumerate().map(|(at, way)| (way.cost - self.reward(way.served), at)).min();
        if let Some((value, mut from)) = found
            && value < self.least
        {
            self.least = value;
            for at in (0..pieces).rev() {
                let (before, count) = trail[at][from];
                self.best[at] = count;
                from = before;
            }
        }
    }

    fn extend(&self, at: usize, from: usize, way: &Way, total: i64, next: &mut Vec<Way>) {
        let piece = &self.bin.pieces[at];
        let rooms =
            piece.sizes.iter().zip(&way.rooms).filter(|(size, _)| **size > 0).map(|(size, room)| room / size).min();
        let most =
            u32::try_from(rooms.unwrap_or(i64::MAX)).unwrap_or(u32::MAX).min(piece.upper - piece.lower) + piece.lower;
        let (lower, start) = (piece.lower, self.pick(at).0.min(most));
        // From the most promising count outwards: costs are convex, so the bound only grows on either side.
        let mut side = |counts: &mut dyn Iterator<Item = u32>| {
            for count in counts {
                let served = if count > 0 { way.served | piece.serves } else { way.served };
                let reduced = way.reduced + self.cost(at, count) + self.room_of(at, count);
                let bound = reduced + self.rest[at + 1] - total - self.reward(served | self.reach[at + 1]);
                if bound < self.least - NEAR {
                    let extra = i64::from(count - lower);
                    next.push(Way {
                        reduced,
                        cost: way.cost + self.cost(at, count),
                        served,
                        rooms: way.rooms.iter().zip(&piece.sizes).map(|(room, size)| room - size * extra).collect(),
                        from,
                        count,
                    });
                } else if count > 0 {
                    // Only the first one may bring a reward.
                    break;
                }
            }
        };
        side(&mut (start..=most));
        side(&mut (lower..start).rev());
    }

    fn undominated(&mut self, at: usize, mut ways: Vec<Way>, total: i64) -> Vec<Way> {
        // Those with most room first, and of equals the cheapest: each is compared with what came before.
        ways.sort_unstable_by(|a, b| b.rooms.cmp(&a.rooms).then(a.served.cmp(&b.served)).then(a.cost.cmp(&b.cost)));
        ways.dedup_by(|next, first| next.rooms == first.rooms && next.served == first.served);
        let mut kept: Vec<Way> = Vec::new();
        let plain = self.rewards.is_empty() && self.bin.rooms.len() <= 1;
        for way in ways {
            let worse = |other: &Way| {
                other.cost <= way.cost
                    && way.served & !other.served == 0
                    && other.rooms.iter().zip(&way.rooms).all(|(other, room)| other >= room)
            };
            // With one limit the last that was kept is the cheapest so far.
            let compared = if plain { 1 } else { COMPARED };
            if !kept.iter().rev().take(compared).any(worse) {
                kept.push(way);
            }
        }
        if kept.len() > self.most {
            let bound = |way: &Way| way.reduced + self.rest[at] - total - self.reward(way.served | self.reach[at]);
            kept.sort_by_key(|way| (bound(way), way.cost));
            let dropped = kept.split_off(self.most).first().map_or(i64::MAX, bound);
            self.dropped = self.dropped.min(dropped);
        }
        kept
    }
}

/// How much of each room the pieces that are left can use at most.
struct Usable {
    all: Vec<i64>,
    /// By limit and other limit: what pieces use that take none of the other, and the most that is used for each of the other.
    against: Vec<Vec<(i64, (i64, i64))>>,
}

impl Usable {
    fn new(pieces: &[Piece], limits: usize) -> Self {
        let most = |piece: &Piece, limit: usize| piece.sizes[limit] * i64::from(piece.upper - piece.lower);
        let all = (0..limits).map(|limit| pieces.iter().map(|piece| most(piece, limit)).sum()).collect();
        let against = |limit: usize, other: usize| {
            let mut beside = 0;
            let mut rate = (0, 1);
            for piece in pieces {
                let (size, by) = (piece.sizes[limit], piece.sizes[other]);
                if by == 0 {
                    beside += most(piece, limit);
                } else if size * rate.1 > rate.0 * by {
                    rate = (size, by);
                }
            }
            (beside, rate)
        };
        let against = (0..limits).map(|limit| (0..limits).map(|other| against(limit, other)).collect()).collect();
        Self { all, against }
    }

    fn cut(&self, rooms: &mut [i64]) {
        for limit in 0..rooms.len() {
            let mut most = rooms[limit].min(self.all[limit]);
            for (other, (beside, (size, by))) in self.against[limit].iter().enumerate() {
                if other != limit {
                    most = most.min(beside + (rooms[other] * size).div_euclid(*by));
                }
            }
            rooms[limit] = most;
        }
    }
}

/// What was chosen for the first pieces.
#[derive(Clone, Debug)]
struct Way {
    /// With the room taken at its worth.
    reduced: i64,
    cost: i64,
    served: u64,
    rooms: Vec<i64>,
    /// Which it came from, and with how many of the last piece.
    from: usize,
    count: u32,
}
