//! The planner against the exhaustive choice, and what it promises to those that nobody cares for.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::seconds::{secs, stamp};
use super::*;
use crate::domain::{Boot, ProjectId};
use crate::engine::poll::candidate::tests::{
    NOW, any_history, expectation, habit, hourly, learn, project,
};

/// Projects, the planner that was told of them, and when each was looked at.
struct Play {
    planner: Planner,
    profiles: BTreeMap<ProjectId, Profile>,
    longest: Duration,
    oldest: Duration,
    now: f64,
}

fn boot(at: f64) -> Boot {
    Boot::ZERO + Duration::from_secs_f64(100_000.0 + at)
}

fn id(number: usize) -> ProjectId {
    ProjectId::new(format!("project-{number}"))
}

fn profile(expectation: Expectation, looked: Option<f64>) -> Profile {
    Profile {
        listed: boot(0.0),
        looked: looked.map(boot),
        not_before: Boot::ZERO,
        expectation,
        attention: Attention::Usual,
        is_runnable: true,
        is_polled: true,
        is_focus: false,
    }
}

impl Play {
    fn new(profiles: Vec<Profile>) -> Self {
        let longest = longest(profiles.len(), 25);
        let profiles: BTreeMap<_, _> =
            profiles.into_iter().enumerate().map(|(number, one)| (id(number), one)).collect();
        let mut planner = Planner::default();
        for (id, profile) in &profiles {
            planner.set(id, Some(profile.clone()));
        }
        Self { planner, profiles, longest, oldest: Duration::ZERO, now: 0.0 }
    }

    fn slot(&self) -> Slot {
        Slot { boot: boot(self.now), server: stamp(NOW + self.now), longest: self.longest }
    }

    fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.profiles.iter().filter(|(_, profile)| profile.is_polled).map(|(id, profile)| {
            Candidate {
                project: id,
                listed: profile.listed,
                looked: profile.looked,
                not_before: profile.not_before,
                expectation: &profile.expectation,
                attention: profile.attention,
            }
        })
    }

    fn of(&self, project: &ProjectId) -> Candidate<'_> {
        self.candidates().find(|candidate| candidate.project == project).unwrap()
    }

    /// Chooses and looks; nothing new is seen.
    fn look(&mut self, room: Room) -> Option<ProjectId> {
        let project = self.planner.choose(self.slot(), room)?.clone();
        self.planner.claim(&project, boot(self.now));
        self.planner.commit();
        let profile = self.profiles.get_mut(&project).unwrap();
        let before = profile.looked.unwrap_or(profile.listed);
        self.oldest = self.oldest.max(boot(self.now).saturating_sub(before));
        profile.looked = Some(boot(self.now));
        self.planner.set(&project, Some(profile.clone()));
        Some(project)
    }
}

fn attentions() -> impl Strategy<Value = Attention> {
    prop_oneof![
        8 => Just(Attention::Usual),
        1 => Just(Attention::Pinned),
        1 => Just(Attention::Selected),
    ]
}

fn any_profiles(most: usize) -> impl Strategy<Value = Vec<Profile>> {
    let one = (any_history(), prop::option::weighted(0.8, 0.0..400.0_f64), attentions());
    let one = one.prop_map(|((runs, hours, scheduled), ago, attention)| {
        let schedules = if scheduled { vec![hourly()] } else { Vec::new() };
        let history = learn(&project(schedules), &runs, hours);
        let expectation = history.expectation(&Prior::of(&history.sums()));
        Profile { attention, ..profile(expectation, ago.map(|ago| -ago)) }
    });
    prop::collection::vec(one, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(60)))]

    #[test]
    fn in_a_narrow_scope_the_best_of_it_is_chosen_and_afterwards_the_best_of_all(
        profiles in any_profiles(16),
        scope in prop::collection::btree_set(0..16_usize, 1..6),
        steps in prop::collection::vec((0.1..40.0_f64, prop::bool::weighted(0.2)), 1..80),
    ) {
        let within: BTreeSet<_> = scope.into_iter().map(id).collect();
        let mut play = Play::new(profiles);
        let mut planners = Planners::default();
        for (id, profile) in &play.profiles {
            planners.set(id, Some(profile.clone()), true);
        }
        let mut is_narrow = false;
        for (pause, turns) in steps {
            play.now += pause;
            if turns {
                is_narrow = !is_narrow;
                if is_narrow {
                    planners.narrow();
                    for id in &within {
                        planners.touch(id);
                    }
                } else {
                    planners.widen();
                }
                let touched = planners.take_touched();
                prop_assert!(touched.is_subset(&within), "{:?} cost something", touched);
                for id in touched {
                    planners.set(&id, play.profiles.get(&id).cloned(), true);
                }
            }
            let slot = play.slot();
            let is_in = |candidate: &Candidate<'_>| !is_narrow || within.contains(candidate.project);
            let best = next(play.candidates().filter(is_in), slot);
            let chosen = planners.present_mut().choose(slot, Room::All).cloned();
            let Some(chosen) = chosen else {
                prop_assert!(!matches!(best, Plan::Look(_)), "{best:?} is left out");
                continue;
            };
            let Plan::Look(best) = best else { panic!("{chosen} may not be looked at") };
            let (best, ours) = (play.of(&best), play.of(&chosen));
            prop_assert!(is_in(&ours), "{} is not polled now", chosen);
            if best.is_due(best.age(slot).as_secs_f64(), slot) {
                prop_assert_eq!(best.age(slot), ours.age(slot));
            } else {
                prop_assert!(ours.worth(slot) >= best.worth(slot) * (1.0 - 1e-9));
            }
            let profile = play.profiles.get_mut(&chosen).unwrap();
            profile.looked = Some(slot.boot);
            planners.set(&chosen, Some(profile.clone()), within.contains(&chosen));
        }
    }

    #[test]
    fn what_is_chosen_is_as_good_as_the_best_of_all_or_half_as_good_among_many(
        profiles in any_profiles(60),
        pauses in prop::collection::vec(0.1..40.0_f64, 1..80),
    ) {
        let mut play = Play::new(profiles);
        for pause in pauses {
            play.now += pause;
            let slot = play.slot();
            let best = next(play.candidates(), slot);
            let Some(chosen) = play.planner.choose(slot, Room::All).cloned() else {
                prop_assert!(!matches!(best, Plan::Look(_)), "{best:?} is left out");
                continue;
            };
            let Plan::Look(best) = best else { panic!("{chosen} may not be looked at") };
            let (best, ours) = (play.of(&best), play.of(&chosen));
            if best.is_due(best.age(slot).as_secs_f64(), slot) {
                prop_assert_eq!(best.age(slot), ours.age(slot));
            } else {
                let enough = if play.profiles.len() <= 16 { 1.0 } else { 0.5 };
                let (best, ours) = (best.worth(slot), ours.worth(slot));
                prop_assert!(ours >= enough * best * (1.0 - 1e-9), "{} of {}", ours, best);
            }
            prop_assert_eq!(play.look(Room::All), Some(chosen));
        }
    }

    #[test]
    fn the_next_choices_from_an_excerpt_are_those_from_all(
        profiles in any_profiles(60),
        pauses in prop::collection::vec(0.1..40.0_f64, 1..40),
    ) {
        let mut play = Play::new(profiles);
        let next = |mut planner: Planner, play: &Play| {
            let mut slot = play.slot();
            let mut next = Vec::new();
            for _ in 0..3 {
                let Some(project) = planner.choose(slot, Room::All).cloned() else { break };
                planner.claim(&project, slot.boot);
                planner.look(&project, slot.boot);
                slot.boot += Duration::from_secs(2);
                slot.server = stamp(secs(slot.server) + 2.0);
                next.push(project);
            }
            next
        };
        for pause in pauses {
            play.now += pause;
            let excerpt = play.planner.excerpt(3, boot(play.now));
            prop_assert_eq!(next(excerpt, &play), next(play.planner.clone(), &play));
            play.look(Room::All);
        }
    }
}

#[test]
fn a_choice_costs_as_much_with_many_projects_as_with_few() {
    // Counted in bounds that are renewed, for time is not measured in tests.
    for count in [15_usize, 500, 2000] {
        let expectation = expectation(&habit(24), 24.0);
        let looked = |n: usize| Some(-2.4 * f64::from(u32::try_from(n).unwrap()));
        let mut play =
            Play::new((0..count).map(|n| profile(expectation.clone(), looked(n))).collect());
        play.look(Room::All);
        let before = play.planner.renewed();
        for _ in 0..500 {
            play.now += 2.4;
            assert!(play.look(Room::All).is_some());
        }
        let each = (play.planner.renewed() - before) / 500;
        assert!(each <= 24, "{each} for a choice among {count}");
    }
}

#[test]
fn projects_in_which_persons_wait_have_every_third_poll_and_the_others_their_turn() {
    let expectation = expectation(&habit(24), 24.0);
    let all = (0..40).map(|n| Profile {
        is_focus: n < 20,
        attention: if n < 20 { Attention::Unsettled } else { Attention::Usual },
        ..profile(expectation.clone(), Some(-5.0))
    });
    let mut play = Play::new(all.collect());
    let looks: Vec<_> = (0..300)
        .map(|_| {
            play.now += 2.4;
            play.look(Room::All).unwrap()
        })
        .collect();
    let focus = |id: &&ProjectId| play.profiles[*id].is_focus;
    let (awaited, others) = (looks.iter().filter(focus).count(), looks.len());
    assert!(awaited >= others / 3, "{awaited} of {others}");
    assert!(play.oldest <= play.longest, "{:?}, {:?}", play.oldest, play.longest);
}

#[test]
fn while_a_person_decides_the_others_have_ten_looks_a_minute_of_thirty() {
    assert_eq!((least_in_turn(30), least_in_turn(60)), (10, 20));
    let expectation = expectation(&habit(24), 24.0);
    let mut all: Vec<_> = (0..100).map(|_| profile(expectation.clone(), Some(-5.0))).collect();
    all[7].is_focus = true;
    let mut play = Play::new(all);
    let mut in_turn = Vec::new();
    for _ in 0..500 {
        play.now += 2.4;
        if play.look(Room::Narrow(10)).is_some_and(|project| project != id(7)) {
            in_turn.push(play.now);
        }
    }
    for from in &in_turn {
        let minute = in_turn.iter().filter(|at| (*from..from + 59.9).contains(*at)).count();
        assert!(minute <= 10, "{minute} in a minute");
    }
    assert!(in_turn.len() >= 190, "{} in twenty minutes", in_turn.len());
    assert!(play.oldest <= worst(play.longest), "{:?}", play.oldest);
}

#[test]
fn what_could_not_be_claimed_is_chosen_again_and_costs_nobody_a_turn() {
    let expectation = expectation(&habit(24), 24.0);
    let mut all: Vec<_> = (0..5).map(|_| profile(expectation.clone(), Some(-5.0))).collect();
    all[3].is_focus = true;
    let mut play = Play::new(all);
    play.now = 10.0;
    let first = play.planner.choose(play.slot(), Room::All).unwrap().clone();
    assert_eq!(first, id(3));
    for _ in 0..3 {
        play.planner.claim(&first, boot(play.now));
        assert_ne!(play.planner.choose(play.slot(), Room::All), Some(&first));
        play.planner.roll_back();
        assert_eq!(play.planner.choose(play.slot(), Room::All), Some(&first));
    }
}
