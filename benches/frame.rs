//! What a message and a frame cost on the demo's workspace and on one of 500 projects, and with a
//! long value in the form.
//!
//! A frame draws only what is on the screen, and a message changes only the rows of its project, so both
//! should cost about the same as in a small one.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use hextop::cli::test_app::TestApp;
use hextop::domain::RunId;
use hextop::engine::start::journal::{Entry, StartId, StartStage};
use hextop::engine::sync::protocol::StoreEvent;
use hextop::engine::sync::session::Session;
use hextop::engine::{self, Settings};
use hextop::sim::Scenario;
use hextop::ui::Msg;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

const SIZE: Size = Size { width: 160, height: 48 };

/// A dashboard that has looked at everything, on a server that lets it look ten times as often.
fn swept(name: &str) -> Option<TestApp> {
    let mut scenario = Scenario::named(name)?;
    if name == "large" {
        scenario.resize(500);
    }
    scenario.limits.per_minute = 600;
    let settings = Settings { requests_per_minute: 600, ..Settings::default() };
    let mut stage = TestApp::new(&scenario, 1, settings, SIZE);
    let swept = stage.run_until(Duration::from_mins(10), |stage| stage.state.model().is_swept());
    swept.then_some(stage)
}

/// Puts a journal of so many starts before a dashboard, as its store would.
fn remember(stage: &mut TestApp, starts: u32) {
    let projects: Vec<_> = stage.world.projects().map(|p| p.id().clone()).collect();
    let at = stage.now().wall;
    let entries = (0..starts).zip(projects.iter().cycle()).map(|(number, project)| Entry {
        id: StartId::new(at, Session(1), number),
        by: Session(1),
        who: Some("ana@acme.test".to_owned()),
        project: project.clone(),
        title: "A project".into(),
        body: serde_json::json!({"inputParams": {"n": number}}),
        secrets: BTreeSet::new(),
        at,
        reason: None,
        queue: None,
        stage: StartStage::Started(RunId::new(number.to_string())),
        attempts: 1,
        sent: Some(at),
        deadline: Some(at),
        known: BTreeSet::new(),
        trace: None,
    });
    let told = StoreEvent { entries: entries.collect(), ..StoreEvent::default() };
    stage.tell(Msg::Engine(Box::new(engine::Msg::Store(Ok(told)))));
}

fn frame(c: &mut Criterion) {
    for (name, starts) in [("demo", 0), ("demo", 5000), ("large", 0)] {
        let Some(mut stage) = swept(name) else { continue };
        remember(&mut stage, starts);
        let name = if starts > 0 { format!("{name} with {starts} starts") } else { name.into() };
        let runs = stage.state.model().runs().count();
        let Ok(mut terminal) = Terminal::new(TestBackend::new(SIZE.width, SIZE.height));
        let now = stage.now();
        c.bench_function(&format!("draw {name} ({runs} runs)"), |b| {
            b.iter(|| terminal.draw(|frame| stage.state.draw(frame, now)).is_ok());
        });
        let mut later = now;
        c.bench_function(&format!("a second passes in {name}"), |b| {
            b.iter(|| {
                later = later.after(Duration::from_secs(1));
                black_box(stage.state.update(Msg::Engine(Box::new(engine::Msg::Woke)), later))
            });
        });
        c.bench_function(&format!("a key in {name}"), |b| {
            b.iter(|| stage.press("j"));
        });
        c.bench_function(&format!("freezing and thawing {name}"), |b| {
            b.iter(|| stage.press("F F"));
        });
    }
}

/// A long value is edited and drawn at a cost that a person does not feel: a few passes over it for a
/// key, none for a frame.
fn field(c: &mut Criterion) {
    for bytes in [100, 10_000, 1_000_000] {
        let Some(mut stage) = swept("demo") else { continue };
        if stage.press("t ctrl-n n o t e Tab Tab").is_err() {
            continue;
        }
        stage.tell(Msg::Paste("a ".repeat(bytes / 2)));
        c.bench_function(&format!("two keys in a field of {bytes} bytes"), |b| {
            b.iter(|| stage.press("y Backspace"));
        });
        let Ok(mut terminal) = Terminal::new(TestBackend::new(SIZE.width, SIZE.height));
        let now = stage.now();
        c.bench_function(&format!("draw a field of {bytes} bytes"), |b| {
            b.iter(|| terminal.draw(|frame| stage.state.draw(frame, now)).is_ok());
        });
    }
}

criterion_group!(benches, frame, field);
criterion_main!(benches);
