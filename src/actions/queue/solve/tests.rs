use std::time::Instant;

use proptest::prelude::*;

use super::super::limits::{Limit, Usage, broken, excess, load_steps, score, worse};
use super::super::model::Placement;
use super::fleets::{Flavour, exhaustive, fleet, small};
use super::solve;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equals_exhaustive_search_with_all_features(seed in any::<u64>()) {
        let model = small(seed);
        let solution = solve(&model, &|| true);
        let best = exhaustive(&model, 4);
        prop_assert_eq!(solution.score, best);
        prop_assert!(solution.bound <= best);
        prop_assert_eq!(solution.score, score(&model, &solution.placement));
        prop_assert!(worse(&model, &model.now, &solution.placement).is_empty());
    }

    #[test]
    fn gives_up_nothing_that_holds_now(seed in any::<u64>()) {
        let model = small(seed);
        let solution = solve(&model, &|| true);
        let kept = |limit: &Limit| {
            matches!(limit, Limit::SingletonMissing(_) | Limit::MinHosts(_) | Limit::Pinned { .. })
        };
        let before: Vec<Limit> = broken(&model, &model.now).iter().map(|breach| breach.limit).collect();
        for breach in broken(&model, &solution.placement).iter().filter(|breach| kept(&breach.limit)) {
            prop_assert!(before.contains(&breach.limit), "{}", breach.describe(&model));
        }
    }

    #[test]
    fn plans_nothing_after_its_own_result(seed in any::<u64>()) {
        let mut model = small(seed);
        model.now = solve(&model, &|| true).placement;
        let again = solve(&model, &|| true);
        prop_assert_eq!(again.score.moves, 0);
        prop_assert_eq!(again.placement, model.now);
    }

    #[test]
    fn says_the_same_each_time(seed in any::<u64>()) {
        let model = small(seed);
        prop_assert_eq!(solve(&model, &|| true), solve(&model, &|| true));
    }

    #[test]
    fn is_valid_whenever_it_is_stopped(seed in any::<u64>(), turns in 0_u32..400) {
        let model = fleet(seed, 6, 5, Flavour::Busy);
        let left = std::cell::Cell::new(turns);
        let go_on = || {
            left.set(left.get().saturating_sub(1));
            left.get() > 0
        };
        let solution = solve(&model, &go_on);
        prop_assert!(worse(&model, &model.now, &solution.placement).is_empty());
        prop_assert!(solution.bound <= solution.score);
        prop_assert!(solution.score <= score(&model, &model.now));
    }
}

#[test]
fn nothing_at_all_is_solved() {
    let solution = solve(&super::Model::default(), &|| true);
    assert!(solution.is_proven());
    assert_eq!(solution.placement, Placement::empty(0, 0));
}

#[test]
fn a_scheduler_does_not_end_for_the_sake_of_a_budget() {
    let mut model = fleet(3, 6, 5, Flavour::Connections);
    let clock = model.queues.iter().position(|queue| queue.singleton).unwrap();
    let serves = |kind: &usize| model.kinds[*kind].serves[clock] > 0 && !model.kinds[*kind].retired;
    let kind = (0..model.kinds.len()).find(serves).unwrap();
    let host = (0..6).find(|host| !model.hosts[*host].frozen && model.kinds[kind].allowed[*host]).unwrap();
    for at in 0..6 {
        for kind in (0..model.kinds.len()).filter(|kind| model.kinds[*kind].serves[clock] > 0) {
            model.now.set(at, kind, 0);
        }
    }
    model.now.set(host, kind, 1);
    for budget in &mut model.budgets {
        budget.limit = 0;
    }
    let solution = solve(&model, &|| true);
    assert!(solution.is_proven());
    assert!(solution.score.excess > 0);
    assert_eq!(Usage::of(&model, &solution.placement).processes[clock], 1);
}

#[test]
fn absurd_numbers_are_no_panic() {
    for seed in 0..20 {
        let mut model = small(seed);
        for queue in &mut model.queues {
            (queue.demand, queue.weight) = (u32::MAX, u32::MAX - 1);
        }
        for kind in &mut model.kinds {
            kind.connections = u32::MAX;
            kind.memory = kind.memory.saturating_mul(10_000_000);
        }
        let turns = std::cell::Cell::new(2000);
        let go_on = || {
            turns.set(turns.get() - 1);
            turns.get() > 0
        };
        let solution = solve(&model, &go_on);
        assert!(worse(&model, &model.now, &solution.placement).is_empty());
        assert!(solution.bound <= solution.score);
    }
}

#[test]
fn keeps_all_limits_where_it_can() {
    for seed in 0..4 {
        let model = fleet(seed, 8, 5, Flavour::Connections);
        let solution = solve(&model, &|| true);
        assert!(solution.score.excess > 0 || excess(&model, &solution.placement) == 0);
        assert!(solution.score.excess < score(&model, &model.now).excess);
    }
}

#[test]
fn a_converged_fleet_is_proven_to_be_so() {
    let mut model = fleet(1, 40, 8, Flavour::Connections);
    let first = solve(&model, &|| true);
    assert!(first.is_proven());
    model.now = first.placement;
    let again = solve(&model, &|| true);
    assert!(again.is_proven());
    assert_eq!((again.score.moves, again.placement), (0, model.now));
}

#[test]
fn load_is_told_apart_in_steps_of_five_per_cent() {
    assert_eq!([0, 70, 71, 75, 76, 100].map(load_steps), [0, 0, 1, 1, 2, 6]);
}

/// Times, proofs and gaps on random fleets: `cargo test --release --lib queue::solve -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn measure() {
    for (hosts, queues, seeds, limit) in [(10, 8, 20, 5), (200, 8, 3, 20), (1000, 10, 2, 60)] {
        for flavour in [Flavour::Connections, Flavour::Busy, Flavour::Memory] {
            let (mut proven, mut gaps, mut worst) = (0, 0, 0.0_f64);
            for seed in 0..seeds {
                let model = fleet(seed, hosts, queues, flavour);
                let start = Instant::now();
                let solution = solve(&model, &|| start.elapsed().as_secs() < limit);
                worst = worst.max(start.elapsed().as_secs_f64());
                proven += u32::from(solution.is_proven());
                let sure = |score: super::Score| (score.excess, score.shortfall);
                gaps += u32::from(sure(solution.score) != sure(solution.bound));
            }
            println!(
                "{hosts} × {queues} {flavour:?}: {proven} of {seeds} proven, {gaps} with a gap in shortfall, {worst:.2} s at most"
            );
        }
    }
}
