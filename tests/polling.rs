//! A short version of `cargo bench --bench polling`, so that the bench cannot rot and a planner
//! that has become worse is found by the tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the bench's own modules, of which a test needs a part"
)]

#[path = "../benches/polling/eyes.rs"]
mod eyes;
#[path = "../benches/polling/play.rs"]
mod play;
#[path = "../benches/polling/policies.rs"]
mod policies;
#[path = "../benches/polling/world.rs"]
mod world;

use play::{Name, play};
use world::{Shape, Trouble, World};

fn hour(trouble: Trouble) -> World {
    World::new(Shape { hours: 1.0, ..Shape::new(100, trouble) }, 1)
}

#[test]
fn hextop_sees_changes_far_sooner_than_a_round_robin_and_than_true_rates_alone() {
    let world = hour(Trouble::None);
    let mean = |policy| play(&world, policy, 25).mean;
    let (hextop, robin) = (mean(Name::Hextop), mean(Name::RoundRobin));
    assert!(hextop < 0.7 * robin, "{hextop:.1} s against {robin:.1} s");
    assert!(hextop < mean(Name::RateOracle));
}

#[test]
fn in_every_harder_world_hextop_is_ahead_and_no_project_is_forgotten() {
    for trouble in Trouble::ALL {
        let world = hour(trouble);
        let (hextop, robin) = (play(&world, Name::Hextop, 25), play(&world, Name::RoundRobin, 25));
        let name = trouble.word();
        assert!(hextop.mean < 0.85 * robin.mean, "{name}: {} s, {} s", hextop.mean, robin.mean);
        assert!(hextop.oldest <= 3.0 * 240.0, "{name}: {} s", hextop.oldest);
    }
}

#[test]
fn the_same_seed_gives_the_same_looks() {
    let looks = |seed| {
        let world = World::new(Shape { hours: 0.2, ..Shape::new(30, Trouble::None) }, seed);
        play(&world, Name::Hextop, 25).looks
    };
    assert_eq!(looks(3), looks(3));
    assert_ne!(looks(3), looks(4));
}
