//! The cheapest processes for one host at given prices: a knapsack of few kinds with several limits.

use super::frame::Frame;

/// Prices are in so many parts of a move.
pub(super) const SCALE: i64 = 1 << 20;
/// Ways that are followed for a good load; the bound may be low.
pub(super) const FEW: usize = 60;
/// Ways that are followed for a good bound.
pub(super) const MANY: usize = 3000;
/// Ways that each is compared with at most, on either end.
const COMPARED: usize = 60;
/// A gain of less than this is none: it keeps bounds within a thousandth of a move on ten hosts.
const NEAR: i64 = SCALE / 10_000;

/// A kind on the host.
#[derive(Clone, Debug)]
struct Piece {
    kind: usize,
    lower: u32,
    upper: u32,
    now: u32,
    /// By limit of the host.
    sizes: Vec<i64>,
    /// Queues that must be on several hosts, as bits.
    serves: u64,
}

/// A host, to be asked for many prices.
#[derive(Clone, Debug)]
pub(super) struct Bin {
    pieces: Vec<Piece>,
    rooms: Vec<i64>,
    kinds: usize,
    /// What a move costs.
    pub(super) per_move: i64,
    /// Moves that are made whatever is chosen.
    forced: i64,
}

/// What a host is best to bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// By kind.
    pub(super) counts: Vec<u32>,
    /// Moves, times what one costs.
    pub(super) cost: i64,
    /// Queues served, as bits.
    pub(super) serves: u64,
}

impl Bin {
    /// Of a host of a frame; `None`: nothing that is within the bounds of kinds keeps the host's limits.
    pub(super) fn new(frame: &Frame<'_>, host: usize, spread: &[usize], per_move: i64) -> Option<Self> {
        let model = frame.model;
        let at = &model.hosts[host];
        let frozen = at.frozen;
        let mut limits: Vec<(Option<u64>, Vec<u32>)> = vec![
            (Some(frame.cpu[host]).filter(|cpu| *cpu < u64::MAX), model.kinds.iter().map(|of| of.cpu).collect()),
            (at.memory.map(u64::from), model.kinds.iter().map(|of| of.memory).collect()),
            (at.connections.map(u64::from), model.kinds.iter().map(|of| of.connections).collect()),
        ];
        for queue in 0..model.queues.len() {
            limits.push((
                frame.terms.per_host(queue, host).map(u64::from),
                model.kinds.iter().map(|of| of.serves[queue]).collect(),
            ));
        }
        let limits: Vec<(u64, Vec<u32>)> = limits
            .into_iter()
            .filter(|_| !frozen)
            .filter_map(|(room, sizes)| room.map(|room| (room, sizes)))
            .filter(|(room, sizes)| {
                let most: u64 = sizes
                    .iter()
                    .enumerate()
                    .map(|(kind, size)| u64::from(*size) * u64::from(frame.upper.get(host, kind)))
                    .sum();
                most > *room
            })
            .collect();
        let mut rooms: Vec<i64> = limits.iter().map(|(room, _)| i64::try_from(*room).unwrap_or(i64::MAX)).collect();
        let mut pieces = Vec::new();
        let mut forced = 0;
        for kind in 0..model.kinds.len() {
            let (lower, upper) = (frame.lower.get(host, kind), frame.upper.get(host, kind));
            let now = model.now.get(host, kind);
            if lower > upper {
                return None;
            }
            let serves = spread
                .iter()
                .enumerate()
                .filter(|(_, queue)| model.kinds[kind].serves[**queue] > 0)
                .fold(0, |bits, (at, _)| bits | 1 << at);
            let sizes: Vec<i64> = limits.iter().map(|(_, sizes)| i64::from(sizes[kind])).collect();
            if upper == 0 {
                forced += i64::from(now);
                continue;
            }
            // What must be there takes its room before all else.
            for (room, size) in rooms.iter_mut().zip(&sizes) {
                *room -= size * i64::from(lower);
            }
            pieces.push(Piece { kind, lower, upper, now, sizes, serves });
        }
        if rooms.iter().any(|room| *room < 0) {
            return None;
        }
        // Whole units of each limit, and no more room than something fills.
        for (limit, room) in rooms.iter_mut().enumerate() {
            let unit = pieces.iter().fold(0, |unit, piece: &Piece| gcd(unit, piece.sizes[limit])).max(1);
            for piece in &mut pieces {
                piece.sizes[limit] /= unit;
            }
            let sizes: Vec<(i64, i64)> =
                pieces.iter().map(|piece| (piece.sizes[limit], i64::from(piece.upper - piece.lower))).collect();
            *room = filled(&sizes, *room / unit);
        }
        let weight = |piece: &Piece| -> i64 {
            piece.sizes.iter().zip(&rooms).map(|(size, room)| size * 1000 / (room + 1)).sum()
        };
        pieces.sort_by_key(|piece| (std::cmp::Reverse(weight(piece)), piece.kind));
        Some(Self { pieces, rooms, kinds: model.kinds.len(), per_move, forced })
    }

    /// The load with the least of cost, plus prices of kinds, minus rewards for queues served; and a bound of that, which nothing is below.
    ///
    /// So many ways are followed at most, [`FEW`] or [`MANY`].
    pub(super) fn best(&self, prices: &[i64], rewards: &[i64], most: usize) -> (Load, i64) {
        let mut search = Search::new(self, prices, rewards);
        search.most = most;
        search.run();
        let mut counts = vec![0; self.kinds];
        let mut serves = 0;
        let mut moves = self.forced;
        for (piece, count) in self.pieces.iter().zip(&search.best) {
            counts[piece.kind] = *count;
            moves += i64::from(count.abs_diff(piece.now));
            if *count > 0 {
                serves |= piece.serves;
            }
        }
        let load = Load { counts, cost: moves * self.per_move, serves };
        let constant = self.forced * self.per_move;
        (load, constant + search.bound_found())
    }
}

pub(super) fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The most that pieces of these sizes, so many of each, take of a room.
pub(super) fn filled(pieces: &[(i64, i64)], room: i64) -> i64 {
    let all = pieces.iter().fold(0_i64, |sum, (size, most)| sum.saturating_add(size.saturating_mul(*most)));
    let Some(cells) = usize::try_from(room).ok().filter(|cells| *cells <= 4096 && all > room) else {
        // In a large room the last piece that does not fit is small beside the rest.
        return room.min(all);
    };
    let mut reached = vec![false; cells + 1];
    reached[0] = true;
    for (size, most) in pieces {
        let Some(size) = usize::try_from(*size).ok().filter(|size| *size > 0) else { continue };
        // How many of this piece were used to get there.
        let mut used = vec![0_i64; cells + 1];
        for at in size..=cells {
            if !reached[at] && reached[at - size] && used[at - size] < *most {
                reached[at] = true;
                used[at] = used[at - size] + 1;
            }
        }
    }
    let most = reached.iter().rposition(|reached| *reached).unwrap_or(0);
    i64::try_from(most).unwrap_or(room)
}

struct Search<'b> {
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
    fn new(bin: &'b Bin, prices: &[i64], rewards: &[i64]) -> Self {
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
            most: MANY,
        }
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
    fn bound_found(&self) -> i64 {
        if self.floor >= self.least {
            self.least
        } else {
            self.least.min(self.dropped).saturating_sub(NEAR).max(self.floor)
        }
    }

    fn run(&mut self) {
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

    /// Goes through the pieces, keeping what may still become the best: of two ways that came equally far, one that costs no less and
    /// leaves no more room is dropped.
    fn sweep(&mut self) {
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
