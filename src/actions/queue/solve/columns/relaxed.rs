//! What the prices leave: means of choices, and placements that are near to them.

use super::super::super::model::Placement;
use super::{Column, Master, ceil, float};

/// What came out.
#[derive(Clone, Debug)]
pub(in crate::actions::queue::solve) struct Relaxed {
    /// Nothing is below.
    pub(in crate::actions::queue::solve) bound: i64,
    /// By host and kind, how many in the mean of the best choices.
    pub(in crate::actions::queue::solve) mean: Vec<f64>,
    /// By kind.
    pub(in crate::actions::queue::solve) sums: Vec<f64>,
    /// The choice of each host that counts most in it, and how much.
    pub(in crate::actions::queue::solve) loads: Vec<(Vec<u32>, f64)>,
    /// The sums that count most in it.
    pub(in crate::actions::queue::solve) target: Vec<i64>,
}

impl Master<'_, '_, '_> {
    pub(super) fn outcome(&self, bound: i64) -> Relaxed {
        let hosts = self.frame.model.hosts.len();
        let mut mean = vec![0.0; hosts * self.kinds];
        let mut sums = vec![0.0; self.kinds];
        let mut loads: Vec<(Vec<u32>, f64)> = vec![(Vec::new(), -1.0); hosts];
        let mut target: (Vec<i64>, f64) = (Vec::new(), -1.0);
        for (at, column) in self.columns.iter().enumerate() {
            let share = self.lp.value(self.torn + at);
            match column {
                Column::Sums(of) => {
                    for (sum, count) in sums.iter_mut().zip(of) {
                        *sum += share * float(*count);
                    }
                    if share > target.1 {
                        target = (of[..self.kinds].to_vec(), share);
                    }
                }
                Column::Group(group, choice) => {
                    for (at, counts) in choice.loads.iter().enumerate() {
                        let host = self.first[*group] + at;
                        for (kind, count) in counts.iter().enumerate() {
                            mean[host * self.kinds + kind] += share * f64::from(*count);
                        }
                        if share > loads[host].1 {
                            loads[host] = (counts.clone(), share);
                        }
                    }
                }
            }
        }
        Relaxed { bound: ceil(bound), mean, sums, loads, target: target.0 }
    }
}

impl Relaxed {
    /// Each host with the choice that counts most.
    pub(in crate::actions::queue::solve) fn rounded(&self, hosts: usize, kinds: usize) -> Option<Placement> {
        let mut placement = Placement::empty(hosts, kinds);
        for (host, (counts, _)) in self.loads.iter().enumerate() {
            if counts.len() != kinds {
                return None;
            }
            for (kind, count) in counts.iter().enumerate() {
                placement.set(host, kind, *count);
            }
        }
        (self.loads.len() == hosts).then_some(placement)
    }
}
