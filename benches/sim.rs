//! How fast the simulated workspace is: 2,000 projects with 100 runs each have to start in
//! under a second and answer lists in well under a millisecond.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write items; a bench that cannot go on fails"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::Request;

use hextop::domain::{Boot, Now};
use hextop::sim::{Scenario, World};

fn start() -> Now {
    Now { boot: Boot::from_secs(1000), wall: "2026-10-20T08:00:00Z".parse().expect("a time") }
}

/// 2,000 projects, most of them with 100 runs, without limits.
fn large() -> Scenario {
    let mut scenario = Scenario::named("large").expect("a built-in scenario");
    scenario.limits.per_minute = 0;
    scenario
}

fn get(world: &World, path: &str) -> Request<Vec<u8>> {
    Request::builder()
        .uri(path)
        .header("authorization", format!("Bearer {}", world.token()))
        .body(Vec::new())
        .expect("a request")
}

fn bench(criterion: &mut Criterion) {
    let scenario = large();
    let mut group = criterion.benchmark_group("sim");
    group.sample_size(10);
    group.bench_function("start 2,000 projects with 100 runs each", |bench| {
        bench.iter(|| World::new(black_box(&scenario), 1, start()));
    });

    let world = World::new(&scenario, 1, start());
    let busiest = world.projects().find(|project| project.is_runnable()).expect("a project");
    let busiest = busiest.id();
    let requests = [
        ("list 100 projects", "/api/v1/projects?limit=100".to_owned()),
        ("list 25 runs", format!("/api/v1/projects/{busiest}/runs")),
        ("list 100 runs", format!("/api/v1/projects/{busiest}/runs?limit=100")),
        ("list errored runs", format!("/api/v1/projects/{busiest}/runs?statusFilter=ERRORED")),
    ];
    group.sample_size(100);
    for (name, path) in requests {
        let mut world = world.clone();
        let request = get(&world, &path);
        group.bench_function(name, |bench| {
            bench.iter(|| world.handle(black_box(&request), start()));
        });
    }
    group.sample_size(10);
    group.bench_function("live for an hour", |bench| {
        let later = start().after(Duration::from_hours(1));
        bench.iter_batched_ref(
            || world.clone(),
            |world| world.advance(later),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
