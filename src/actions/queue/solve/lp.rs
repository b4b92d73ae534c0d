//! Linear programs of some dozens of rows: the simplex method on a dense dictionary, with bounds on rows and variables.
//!
//! Columns may be added and bounds changed after a solution; the next begins where the last ended.

/// A value this close to a bound is at it.
const NEAR: f64 = 1e-7;
/// A price this small is none.
const FLAT: f64 = 1e-9;
/// An entry this small is no pivot.
const TINY: f64 = 1e-8;

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An optimum.
    Optimal,
    /// No values keep all bounds.
    Infeasible,
    /// Given up: unbounded, or too many pivots. Nothing is known.
    GivenUp,
}

/// A program: the least `cost · x` with bounds on each `x` and on each row. Variables are named by their number in the order of adding; rows too.
#[derive(Clone, Debug)]
pub(super) struct Lp {
    rows: usize,
    /// By variable; rows come first.
    lower: Vec<f64>,
    upper: Vec<f64>,
    value: Vec<f64>,
    /// The variable of each line of the dictionary.
    basic: Vec<usize>,
    /// The variable of each column of the dictionary.
    free: Vec<usize>,
    /// Where a variable is: its column, where it has one.
    column_of: Vec<Option<usize>>,
    /// Basic variables by the free ones.
    table: Vec<Vec<f64>>,
    /// The cost by the free ones.
    price: Vec<f64>,
    /// As they were given.
    costs: Vec<f64>,
}

impl Lp {
    /// With these bounds of rows, and no variables yet.
    pub(super) fn new(bounds: &[(f64, f64)]) -> Self {
        let rows = bounds.len();
        Self {
            rows,
            lower: bounds.iter().map(|(lower, _)| *lower).collect(),
            upper: bounds.iter().map(|(_, upper)| *upper).collect(),
            value: vec![0.0; rows],
            basic: (0..rows).collect(),
            free: Vec::new(),
            column_of: vec![None; rows],
            table: vec![Vec::new(); rows],
            price: Vec::new(),
            costs: Vec::new(),
        }
    }

    /// One more variable, by its bounds, cost and entries of rows; its number.
    pub(super) fn add(&mut self, lower: f64, upper: f64, cost: f64, entries: &[(usize, f64)]) -> usize {
        let variable = self.lower.len();
        let start = if lower.is_finite() {
            lower
        } else if upper.is_finite() {
            upper
        } else {
            0.0
        };
        // The dictionary was solved for other rows than it began with: a row that has become free stands for its entries.
        let mut price = cost;
        let mut column = vec![0.0; self.rows];
        for &(row, entry) in entries {
            if let Some(at) = self.column_of[row] {
                price -= self.price[at] * entry;
                for (line, into) in self.table.iter().zip(&mut column) {
                    *into -= line[at] * entry;
                }
            }
        }
        for (line, into) in column.iter_mut().enumerate() {
            if let Some((_, entry)) = entries.iter().find(|(row, _)| *row == self.basic[line]) {
                *into += entry;
            }
        }
        for (line, into) in self.table.iter_mut().zip(&column) {
            line.push(*into);
        }
        self.lower.push(lower);
        self.upper.push(upper);
        self.value.push(start);
        self.column_of.push(Some(self.free.len()));
        self.free.push(variable);
        self.price.push(price);
        self.costs.push(cost);
        variable - self.rows
    }

    /// Other bounds for a variable.
    pub(super) fn bound(&mut self, variable: usize, lower: f64, upper: f64) {
        let at = self.rows + variable;
        (self.lower[at], self.upper[at]) = (lower, upper);
        if self.column_of[at].is_some() {
            self.value[at] = self.value[at].max(lower).min(upper);
        }
    }

    /// The bounds of a variable.
    pub(super) fn bounds(&self, variable: usize) -> (f64, f64) {
        (self.lower[self.rows + variable], self.upper[self.rows + variable])
    }

    /// The value of a variable.
    pub(super) fn value(&self, variable: usize) -> f64 {
        self.value[self.rows + variable]
    }

    /// What all values cost together.
    pub(super) fn cost(&self) -> f64 {
        self.costs.iter().zip(&self.value[self.rows..]).map(|(cost, value)| cost * value).sum()
    }

    /// What one more of a row's bound would cost.
    pub(super) fn dual(&self, row: usize) -> f64 {
        self.column_of[row].map_or(0.0, |at| self.price[at])
    }

    fn settle(&mut self) {
        for (line, &variable) in self.table.iter().zip(&self.basic) {
            let mut sum = 0.0;
            for (entry, free) in line.iter().zip(&self.free) {
                sum += entry * self.value[*free];
            }
            self.value[variable] = sum;
        }
    }

    /// Finds the optimum.
    pub(super) fn solve(&mut self) -> Outcome {
        self.settle();
        let limit = 50 * (self.rows + self.free.len()) + 1000;
        let mut still = 0_usize;
        for turn in 0..limit {
            if turn % 64 == 63 {
                self.settle();
            }
            let missing = self.missing();
            let feasible = missing.is_empty();
            let prices = if feasible { None } else { Some(self.prices_of(&missing)) };
            let Some((column, up)) = self.entering(prices.as_deref().unwrap_or(&self.price), still > 60) else {
                return if feasible { Outcome::Optimal } else { Outcome::Infeasible };
            };
            match self.advance(column, up, still > 60) {
                Some(step) => still = if step > NEAR { 0 } else { still + 1 },
                None => return Outcome::GivenUp,
            }
        }
        Outcome::GivenUp
    }

    /// Lines whose variable is outside its bounds, and whether it is above.
    fn missing(&self) -> Vec<(usize, bool)> {
        let mut found = Vec::new();
        for (line, &variable) in self.basic.iter().enumerate() {
            let value = self.value[variable];
            let slack = NEAR * (1.0 + value.abs());
            if value < self.lower[variable] - slack {
                found.push((line, false));
            } else if value > self.upper[variable] + slack {
                found.push((line, true));
            }
        }
        found
    }

    fn prices_of(&self, missing: &[(usize, bool)]) -> Vec<f64> {
        let mut prices = vec![0.0; self.free.len()];
        for &(line, above) in missing {
            for (price, entry) in prices.iter_mut().zip(&self.table[line]) {
                *price += if above { *entry } else { -entry };
            }
        }
        prices
    }

    /// The column that gains most, and whether it is to grow; `first`: the first that gains, by number of variable (Bland's rule: no cycles).
    fn entering(&self, prices: &[f64], first: bool) -> Option<(usize, bool)> {
        let mut best: Option<(usize, bool, f64)> = None;
        for (column, &price) in prices.iter().enumerate() {
            let variable = self.free[column];
            let (lower, upper, value) = (self.lower[variable], self.upper[variable], self.value[variable]);
            let gain = price.abs();
            if gain <= FLAT
                || upper - lower <= 0.0
                || (price < 0.0 && value >= upper)
                || (price > 0.0 && value <= lower)
            {
                continue;
            }
            let better = match best {
                None => true,
                Some((at, _, _)) if first => variable < self.free[at],
                Some((_, _, most)) => gain > most,
            };
            if better {
                best = Some((column, price < 0.0, gain));
            }
        }
        best.map(|(column, up, _)| (column, up))
    }

    /// Moves the variable of a column as far as it goes; how far that was. `None`: without end.
    fn advance(&mut self, column: usize, up: bool, first: bool) -> Option<f64> {
        let variable = self.free[column];
        let sign = if up { 1.0 } else { -1.0 };
        let mut step =
            if up { self.upper[variable] - self.value[variable] } else { self.value[variable] - self.lower[variable] };
        let mut leaving: Option<(usize, f64, f64)> = None;
        for (line, row) in self.table.iter().enumerate() {
            let entry = row[column];
            if entry.abs() <= TINY {
                continue;
            }
            let slope = entry * sign;
            let at = self.basic[line];
            let (lower, upper, value) = (self.lower[at], self.upper[at], self.value[at]);
            let slack = NEAR * (1.0 + value.abs());
            // One outside its bounds stops at the bound that it comes back to; moving further away, it does not stop.
            let end = if slope > 0.0 {
                if value < lower - slack {
                    lower
                } else if value > upper + slack {
                    continue;
                } else {
                    upper
                }
            } else if value > upper + slack {
                upper
            } else if value < lower - slack {
                continue;
            } else {
                lower
            };
            if !end.is_finite() {
                continue;
            }
            let far = ((end - value) / slope).max(0.0);
            let take = if far < step - 1e-10 {
                true
            } else if far <= step + 1e-10 {
                match leaving {
                    None => far <= step,
                    Some((other, _, _)) if first => at < self.basic[other],
                    Some((_, size, _)) => entry.abs() > size,
                }
            } else {
                false
            };
            if take {
                step = step.min(far);
                leaving = Some((line, entry.abs(), end));
            }
        }
        if !step.is_finite() {
            return None;
        }
        let moved = step * sign;
        self.value[variable] += moved;
        for (row, &at) in self.table.iter().zip(&self.basic) {
            self.value[at] += row[column] * moved;
        }
        if let Some((line, _, end)) = leaving {
            self.value[self.basic[line]] = end;
            self.pivot(line, column);
        } else {
            self.value[variable] = if up { self.upper[variable] } else { self.lower[variable] };
        }
        Some(step)
    }

    fn pivot(&mut self, line: usize, column: usize) {
        let mut row = std::mem::take(&mut self.table[line]);
        let inverse = 1.0 / row[column];
        for entry in &mut row {
            *entry *= -inverse;
        }
        row[column] = inverse;
        let apply = |other: &mut [f64]| {
            let factor = other[column];
            if factor != 0.0 {
                other[column] = 0.0;
                for (entry, by) in other.iter_mut().zip(&row) {
                    *entry += factor * by;
                }
            }
        };
        for other in &mut self.table {
            if !other.is_empty() {
                apply(other);
            }
        }
        apply(&mut self.price);
        self.table[line] = row;
        let (out, into) = (self.basic[line], self.free[column]);
        self.basic[line] = into;
        self.free[column] = out;
        self.column_of[into] = None;
        self.column_of[out] = Some(column);
    }
}
