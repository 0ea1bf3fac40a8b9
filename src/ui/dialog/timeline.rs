//! The timeline: what ran when, what is expected to end when, and what is to come, a row for each project or
//! for each run of one.
//!
//! Only the rows in sight are made. It follows the time until somebody moves away from now.

mod kept;
mod lanes;

use kept::Kept;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::domain::{Now, ProjectId, RunId};
use crate::engine::model::ProjectState;
use crate::engine::timeline::Reading;
use crate::ui::State;
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::mouse::{Item, Target};
use crate::ui::text::safe;
use crate::ui::view::cursor::{Cursor, Rows as _};
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::scroll_text::moved;
use crate::ui::widget::timeline::{Chart, Span};
use crate::ui::widget::window::{room, window};

/// What of the time is in sight, in minutes.
const SPANS: [i64; 10] = [10, 30, 60, 120, 240, 480, 720, 1440, 2880, 10_080];
/// The one that is in sight first.
const FIRST: usize = 4;
/// Of what is in sight so many parts of four lie before now, as long as now is followed.
const BEFORE: i64 = 3;
/// Columns of the labels, where there is room for them.
const LABELS: u16 = 30;
/// Runs of a project that have rows.
const RUNS: usize = 200;

/// The open timeline.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// A place in [`SPANS`].
    span: usize,
    /// How long before now is what is in sight then as now.
    back: SignedDuration,
    projects: Cursor<ProjectId>,
    /// The project whose runs have the rows, in place of the projects.
    runs: Option<Runs>,
    kept: Kept,
}

/// The runs of a project, the newest first.
#[derive(Debug)]
struct Runs {
    project: ProjectId,
    rows: Vec<RunId>,
    cursor: Cursor<RunId>,
}

impl Timeline {
    /// One with the cursor on this project.
    pub(crate) fn on(project: Option<ProjectId>) -> Self {
        let projects = Cursor { key: project, settled: true, ..Cursor::default() };
        let (back, kept) = (SignedDuration::ZERO, Kept::default());
        Self { span: FIRST, back, projects, runs: None, kept }
    }

    /// How much time is in sight.
    fn length(&self) -> SignedDuration {
        SignedDuration::from_mins(SPANS.get(self.span).copied().unwrap_or(60))
    }

    fn in_sight(&self, now: Timestamp) -> Span {
        let length = self.length();
        let before = length / 4 * i32::try_from(BEFORE).unwrap_or(1) + self.back;
        let from = now.saturating_sub(before).unwrap_or(Timestamp::MIN);
        Span { from, to: from.saturating_add(length).unwrap_or(Timestamp::MAX) }
    }

    /// The same in whole minutes, in which it is asked for what is kept.
    fn minutes_in_sight(&self, state: &State) -> Span {
        let now = state.shown_now(state.last);
        let Span { from, to } = self.in_sight(state.shown().server_now(now));
        let minute =
            |at: Timestamp, mode| at.round(TimestampRound::new().smallest(Unit::Minute).mode(mode));
        Span {
            from: minute(from, RoundMode::Floor).unwrap_or(from),
            to: minute(to, RoundMode::Ceil).unwrap_or(to),
        }
    }

    /// The projects that have the rows in sight, or whose runs have them.
    fn projects_in_sight(&self, state: &State) -> Vec<ProjectId> {
        if let Some(runs) = &self.runs {
            return vec![runs.project.clone()];
        }
        let places = self.projects.top..self.projects.top + Self::height(state);
        places.map_while(|place| state.projects.rows.at(place)).collect()
    }

    /// Rows that fit below the axis and above the kernels and the keys.
    fn height(state: &State) -> usize {
        usize::from(room(state.size.height).saturating_sub(4 + lanes::kernel_rows(state)))
    }

    /// Moves what is in sight by a quarter of it.
    fn shift(&mut self, later: bool) {
        let step = self.length() / 4;
        let back = if later { self.back - step } else { self.back + step };
        // What is to come is known only as far as schedules go.
        self.back = back.clamp(-self.length() * 8, SignedDuration::from_hours(24 * 30));
    }

    fn go(&mut self, verb: Verb, state: &State) {
        let page = Self::height(state);
        if let Some(Runs { rows, cursor, .. }) = &mut self.runs {
            if let Some(index) = moved(verb, cursor.index, page) {
                cursor.go(rows, index);
            }
        } else if let Some(index) = moved(verb, self.projects.index, page) {
            self.projects.go(&state.projects.rows, index);
        }
    }

    /// From a project to its runs, from a run to its row among all.
    fn enter(&mut self, cx: &mut Cx<'_>) -> Outcome {
        match (&self.runs, self.projects.key.clone()) {
            (Some(Runs { project, cursor, .. }), _) => {
                let Some(run) = cursor.key.clone() else { return Outcome::Consumed };
                if cx.state.model.run(project, &run).is_none() {
                    let run = safe(run.short());
                    cx.warn(format!("{run} is only in the timeline: no list has its row any more"));
                    return Outcome::Consumed;
                }
                cx.show_run(project.clone(), run);
                return Outcome::CloseAll;
            }
            (None, Some(project)) => {
                let cursor = Cursor { settled: true, ..Cursor::default() };
                self.runs = Some(Runs { project, rows: Vec::new(), cursor });
                self.settle(cx.state);
            }
            (None, None) => {}
        }
        Outcome::Consumed
    }
}

impl Layer for Timeline {
    fn context(&self) -> Context {
        Context::Timeline
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        match command.verb {
            Verb::Close if self.runs.is_some() => self.runs = None,
            Verb::Close => return Outcome::Close,
            Verb::Enter => return self.enter(cx),
            Verb::Earlier => self.shift(false),
            Verb::Later => self.shift(true),
            Verb::ToNow => self.back = SignedDuration::ZERO,
            Verb::ZoomIn => self.span = self.span.saturating_sub(1),
            Verb::ZoomOut => self.span = (self.span + 1).min(SPANS.len() - 1),
            verb => {
                self.go(verb, cx.state);
                return Outcome::Consumed;
            }
        }
        Outcome::Consumed
    }

    fn looks_back(&self, state: &State) -> Option<(Timestamp, Timestamp)> {
        let Span { from, to } = self.minutes_in_sight(state);
        Some((from, to))
    }

    fn point(&mut self, item: &Item, cx: &mut Cx<'_>) -> Outcome {
        let is_there = match (item, &mut self.runs) {
            (Item::Run(id), Some(Runs { rows, cursor, .. })) => cursor.go_to(rows, id),
            (Item::Project(id), None) => self.projects.go_to(&cx.state.projects.rows, id),
            _ => false,
        };
        if is_there { Outcome::Consumed } else { Outcome::Ignored }
    }

    fn settle(&mut self, state: &State) {
        let height = Self::height(state);
        self.projects.follow(&state.projects.rows, height);
        let (span, projects) = (self.minutes_in_sight(state), self.projects_in_sight(state));
        self.kept.follow(state, span, projects);
        let Some(Runs { project, rows, cursor }) = &mut self.runs else { return };
        let watched = state.shown().project(project);
        let newest = watched.into_iter().flat_map(ProjectState::newest_first).take(RUNS);
        *rows = newest.map(|seen| seen.run.id.clone()).collect();
        rows.extend(self.kept.newest(project).iter().take(RUNS).cloned());
        cursor.follow(rows, height);
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let screen = frame.area();
        let now = state.shown_now(now);
        let server = state.shown().server_now(now);
        let span = self.in_sight(server);
        let zone = &state.options.zone;
        let until = state.options.brief(span.to, server, false);
        let from = state.options.brief(span.from, server, false);
        let of = self.runs.as_ref().map(|runs| format!(" of {}", state.title(&runs.project)));
        let read = match state.model.past_reading() {
            Reading::Nothing | Reading::Whole => String::new(),
            Reading::Going => ", reading what is kept".to_owned(),
            Reading::Cut(from) => {
                let from = state.options.brief(from, server, false);
                let closer = state.key(Context::Timeline, Verb::ZoomIn);
                format!(", too much to be whole before {from}: {closer} looks closer")
            }
            Reading::Failed => ", what is kept cannot be read".to_owned(),
        };
        let title = format!(" Timeline{}, {from} to {until}{read} ", of.unwrap_or_default());
        let inside = window(state, frame, title, screen.width, room(screen.height));
        let [chart, foot] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(inside);
        let height = usize::from(chart.height.saturating_sub(1 + lanes::kernel_rows(state)));
        let rows: Vec<_> = if let Some(Runs { project, rows, cursor }) = &self.runs {
            let rows = rows.iter().skip(cursor.top).take(height);
            let lane = |run: &RunId| {
                let lane = lanes::of_run(state, project, run, cursor.key.as_ref(), now)?;
                Some((Item::Run(run.clone()), lane))
            };
            rows.filter_map(lane).collect()
        } else {
            let ids = self.projects_in_sight(state).into_iter().take(height);
            let lane = |id: ProjectId| {
                let selected = self.projects.key.as_ref();
                let past = self.kept.bars(&id);
                let lane = lanes::of_project(state, &id, (span, past), selected, now)?;
                Some((Item::Project(id), lane))
            };
            ids.filter_map(lane).collect()
        };
        let (items, lanes): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        for (y, item) in (chart.y + 1..).zip(items) {
            state.zones.add(Rect { y, height: 1, ..chart }, Target::Item(item));
        }
        let kernels = lanes::kernels(state, span);
        Chart {
            theme: state.options.theme,
            zone,
            span,
            now: server,
            label_width: LABELS.min(chart.width / 3),
            lanes: &lanes,
            kernels: Some(&kernels),
        }
        .draw(frame.buffer_mut(), chart);
        draw_hints(state, frame, foot, Line::default(), Context::Timeline);
    }
}
