//! The cheapest processes for one host at given prices: a knapsack of few kinds with several limits.

mod search;

use super::frame::Frame;
use search::Search;

/// Prices are in so many parts of a move.
pub(super) const SCALE: i64 = 1 << 20;
/// Ways that are followed for a good load; the bound may be low.
pub(super) const FEW: usize = 60;
/// Ways that are followed for a good bound.
pub(super) const MANY: usize = 3000;

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
        let mut search = Search::new(self, prices, rewards, most);
        search.run();
        let mut counts = vec![0; self.kinds];
        let mut serves = 0;
        let mut moves = self.forced;
        for (piece, count) in self.pieces.iter().zip(search.best()) {
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
