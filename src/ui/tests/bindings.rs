//! Every row of the bindings: pressed in its context, its verb acts.

use super::*;
use crate::api::error::{Detail, ParamIssues};
use crate::api::{ApiError, Failure};
use crate::ui::command::bindings::rows;
use crate::ui::command::context::CONTEXTS;
use crate::ui::command::keymap::{Bound, Found};
use crate::ui::command::{Context, Verb};

/// A screen on which whatever can be scrolled does not fit.
const SMALL: Size = Size { width: 40, height: 12 };

/// More active runs than fit, and earlier ones.
fn busy() -> Vec<(Project, Vec<Run>)> {
    let mut projects = workspace();
    let (churn, runs) = &mut projects[0];
    runs.extend((0..30).map(|n| run(churn, 0x900 + n, RunStatus::Running, 60 + n as u64, 0)));
    projects
}

/// A screen in which everything that was asked for is answered, a trigger by this.
pub(super) struct Played {
    pub(super) state: State,
    projects: Vec<(Project, Vec<Run>)>,
    trigger: Option<ApiError>,
}

impl Played {
    fn new(trigger: Option<ApiError>) -> Self {
        let projects = busy();
        Self { state: opened(&projects, SMALL), projects, trigger }
    }

    pub(super) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut all = Vec::new();
        for key in keys.split(' ') {
            let effects = press(&mut self.state, key, at(40));
            all.extend(effects.iter().cloned());
            self.answer(effects);
            drawn(&mut self.state, SMALL, at(40));
        }
        all
    }

    fn answer(&mut self, effects: Vec<Effect>) {
        let (refused, others): (Vec<_>, Vec<_>) = effects.into_iter().partition(|effect| {
            let is_trigger = |call: &Call| matches!(call, Call::Trigger { .. });
            matches!(effect, Effect::Send(_, call, ..) if is_trigger(call))
                && self.trigger.is_some()
        });
        settle(&mut self.state, others, &self.projects, at(40));
        for effect in refused {
            let (Effect::Send(id, ..), Some(error)) = (effect, self.trigger.clone()) else {
                continue;
            };
            let response = Response { result: Err(error), rate: RateHint::default(), date: None };
            let msg = Msg::Engine(Box::new(engine::Msg::Replied(id, response)));
            let effects = self.state.update(msg, at(40));
            self.answer(effects);
        }
    }

    pub(super) fn tell(&mut self, msg: Msg) {
        let effects = self.state.update(msg, at(40));
        self.answer(effects);
    }

    /// All that a verb may change, and nothing that changes by itself.
    pub(super) fn seen(&self) -> String {
        let State {
            layers,
            focus,
            zoom,
            projects,
            runs: Runs { rows, cursor, filter, tab, scope: runs_of, sort: order, marks, anchor, .. },
            frozen,
            sweep_asked,
            quit_asked,
            pointer,
            ..
        } = &self.state;
        let scope = self.state.model.scope();
        let starts: Vec<_> = self.state.model.starts().map(|start| &start.entry.stage).collect();
        let pinned = self.state.model.pinned();
        let cancels = (self.state.model.open_cancels(), self.state.model.cancel_entries().count());
        let watched = self.state.model.watched();
        format!(
            "{layers:?} {focus:?} {zoom} {projects:?} {rows:?} {filter:?} {tab} {runs_of:?} {order:?} {marks:?} \
             {anchor:?} {:?} {} {:?} {sweep_asked} {quit_asked} \
             {scope:?} {starts:?} {pinned:?} {cancels:?} {watched:?} {}",
            cursor.key,
            cursor.index,
            frozen.is_some(),
            pointer.is_on
        )
    }
}

/// Whether a verb goes back towards the beginning, which wants to be left first.
fn goes_back(verb: Verb) -> bool {
    matches!(verb, Verb::Up | Verb::PageUp | Verb::Top)
}

/// The form of the second project, and its review of 12 starts.
fn sweep(played: &mut Played) {
    played.press("Esc t ctrl-l ctrl-u");
    played.tell(Msg::Paste("emea, amer, apac".to_owned()));
    played.press("Tab ctrl-l ctrl-u");
    played.tell(Msg::Paste("1..4".to_owned()));
    played.press("ctrl-s 1 2");
}

/// A screen on which the keys go to `context`, and `verb` has something to do.
#[allow(clippy::too_many_lines, reason = "a row for each context")]
pub(super) fn prepared(context: Context, verb: Verb) -> Played {
    let rejected = || ApiError::Rejected {
        status: 422,
        detail: Detail::default(),
        params: ParamIssues::default(),
    };
    let trigger = match (context, verb) {
        (Context::NoRoom | Context::Waiting, _)
        | (Context::Journal | Context::Entry, Verb::WaitForRoom) => {
            Some(ApiError::KernelsFull(Detail::default()))
        }
        (Context::Answered, _) => Some(ApiError::Transport(Failure::Timeout(20))),
        (Context::Queues, Verb::RetryFailed) => Some(rejected()),
        _ => None,
    };
    let mut played = Played::new(trigger);
    if verb == Verb::Keep {
        rules::count_down(&mut played.state, &played.projects);
    }
    match (context, verb) {
        (Context::Panes, Verb::LetGo) => drop(played.press("j j X y")),
        (Context::Panes, Verb::Compare) => drop(played.press("G Space k k Space")),
        (Context::Panes, Verb::Back) => drop(played.press("Space")),
        (Context::Panes, Verb::Incident) => drop(played.press("p")),
        (Context::Panes | Context::Everywhere, _) => drop(played.press("j j")),
        (Context::Cancel, Verb::StartAgain) => {
            journal::tell(&mut played.state, journal::known_to_go_on(), at(40));
            played.press("/ a 0 d 4 Enter Home X");
        }
        (Context::Cancel, _) => drop(played.press("j j X")),
        (Context::CancelCount, _) => {
            played.press("ctrl-a X");
            let number = played.state.runs.marks.len().to_string();
            let active = played.projects.iter().flat_map(|(_, runs)| runs);
            let active = active.filter(|run| run.is_active()).count().to_string();
            assert_ne!(number, active, "ended runs are left out");
            played.press(&active.chars().map(String::from).collect::<Vec<_>>().join(" "));
        }
        (Context::CancelName, Verb::StartAgain) => {
            played.state.model.set_rules(
                vec![crate::domain::rules::Rule::protecting(&[
                    "Weekly revenue, with a title that is longer than its column".to_owned(),
                ])],
                crate::engine::model::Automatic::Off,
            );
            journal::tell(&mut played.state, journal::known_to_go_on(), at(40));
            played.press("/ a 0 d 4 Enter Home X");
        }
        (Context::CancelName, _) => {
            played.state.model.set_rules(
                vec![crate::domain::rules::Rule::protecting(&["churn model".to_owned()])],
                crate::engine::model::Automatic::Off,
            );
            played.press("/ c h u r n Enter ctrl-a X");
            let active = played.projects[0].1.iter().filter(|run| run.is_active()).count();
            played.tell(Msg::Paste(format!("Churn model {active}")));
        }
        (Context::Rerun, _) => {
            journal::tell(&mut played.state, journal::started(), at(40));
            played.press("ctrl-a T 2");
        }
        (Context::Help, _) => drop(played.press("?")),
        (Context::About, verb) => {
            if verb.moves() {
                // As long as it takes to have something to scroll.
                played.state.options.config = "/home/ana".repeat(60);
            }
            played.press(": a b o u t Enter");
        }
        (Context::Timeline, verb) => {
            played.press("g t");
            if verb == Verb::ToNow {
                played.press("h");
            }
        }
        (Context::Rules, _) => {
            rules::set(&mut played.state);
            played.press(": r u l e s Enter");
        }
        (Context::Alerts, _) => {
            let told = (0..12).map(|number| watching::alert(&number.to_string()));
            played.state.watching.alerts.extend(told);
            played.press(": a l e r t s Enter");
        }
        (Context::Budget, _) => drop(played.press("b")),
        (Context::Compare, _) => drop(played.press("G Space k k Space D")),
        (Context::Journal | Context::Entry, _) => {
            journal::tell(&mut played.state, journal::entries(), at(40));
            match verb {
                Verb::TakeBack => drop(played.press("j j X y @")),
                Verb::WaitForRoom => drop(played.press("t ctrl-s Enter Esc Esc @")),
                Verb::Open | Verb::CopyId | Verb::Rerun | Verb::EditReason => {
                    drop(played.press("@ G"));
                }
                _ => drop(played.press("@")),
            }
            if context == Context::Entry {
                played.press("Enter");
            }
        }
        (Context::Queues | Context::QueueStarts, _) => {
            for _ in 0..2 {
                sweep(&mut played);
                played.press("Enter");
            }
            if (goes_back(verb) || verb == Verb::RetryFailed) && context == Context::Queues {
                played.press("j");
            }
            if context == Context::QueueStarts {
                played.press("Enter");
            }
        }
        (Context::Form, Verb::Undo | Verb::Reset) => drop(played.press("t Tab 5")),
        (Context::Form, Verb::PreviousField | Verb::PreviousRow | Verb::PageUp) => {
            drop(played.press("t Tab"));
        }
        (Context::Form, _) => drop(played.press("t")),
        (Context::FormOption, Verb::Undo | Verb::Reset) => drop(played.press("t Tab Tab Space")),
        (Context::FormOption, _) => drop(played.press("t Tab Tab")),
        (Context::FormValues, Verb::Undo | Verb::Reset) => {
            drop(played.press("t Down Enter Down"));
        }
        (Context::FormValues, _) => drop(played.press("t Down")),
        (Context::FormPicks, Verb::Undo) => drop(played.press("t ctrl-l Down Space")),
        (Context::FormPicks, _) => drop(played.press("t ctrl-l Down")),
        (Context::Review, _) => drop(played.press("t Tab 5 Tab Space Tab t o d a y ctrl-s")),
        (Context::ReviewCount, _) => sweep(&mut played),
        (Context::Sending, _) => {
            // Hex has refused something: the start waits.
            let sent = press(&mut played.state, "r", at(40));
            let id = sent.iter().find_map(|effect| match effect {
                Effect::Send(id, ..) => Some(*id),
                _ => None,
            });
            let response = Response {
                result: Err(ApiError::RateLimited),
                rate: RateHint::default(),
                date: None,
            };
            let msg = engine::Msg::Replied(id.unwrap(), response);
            played.tell(Msg::Engine(Box::new(msg)));
            played.press("t ctrl-s Enter");
        }
        (Context::Waiting, _) => drop(played.press("t ctrl-s Enter w")),
        (Context::NoRoom | Context::Answered, _) => drop(played.press("t ctrl-s Enter")),
        (Context::Unread, _) => {
            played.press("t ctrl-e");
            played.tell(Msg::Edited(Ok("{".to_owned())));
        }
        (Context::Presets, _) => drop(played.press("t ctrl-o a Enter ctrl-o s b Enter ctrl-o")),
        (Context::Line, _) => drop(played.press("t ctrl-s n a")),
        (Context::FilterLine, Verb::Complete) => drop(played.press("/ s t a")),
        (Context::FilterLine, _) => drop(played.press("/ a")),
        (Context::CommandLine, verb) => {
            played.press(": z o o m Enter : z o o m Enter : f r e");
            match verb {
                Verb::Accept => drop(played.press("e z e")),
                Verb::Newer => drop(played.press("Up")),
                _ => {}
            }
        }
        (Context::Palette, _) => drop(played.press("ctrl-p")),
        (Context::Question, _) => drop(played.press("t ctrl-n x Esc")),
    }
    let lists = !matches!(
        context,
        Context::Queues
            | Context::Form
            | Context::FormOption
            | Context::FormValues
            | Context::FormPicks
    );
    if goes_back(verb) && lists {
        let down = if context.takes_text() { "PageDown PageDown" } else { "G" };
        played.press(down);
    }
    played
}

#[test]
fn every_row_of_the_bindings_pressed_in_its_context_acts() {
    let mut silent = Vec::new();
    for context in CONTEXTS.iter().chain([&Context::Everywhere]) {
        let keys = Options::default().keys;
        for bound in keys.of(*context) {
            for name in bound.names() {
                let mut played = prepared(*context, bound.command.verb);
                let here = played.state.context();
                let wanted =
                    if *context == Context::Everywhere { Context::Panes } else { *context };
                assert_eq!(
                    here,
                    wanted,
                    "to press {name}\n{}",
                    drawn(&mut played.state, SMALL, at(40))
                );
                if bound.command.argument.as_deref() == Some("all") {
                    played.press("]");
                }
                let before = played.seen();
                let effects = played.press(&name);
                let unsaid = played.state.notice.as_ref().is_none_or(|n| n.level == Level::Info);
                let acted = played.seen() != before || !effects.is_empty();
                if !acted || !unsaid && bound.command.verb != Verb::RefreshAll {
                    let notice = played.state.notice.as_ref().map(|notice| notice.text.clone());
                    silent.push(format!(
                        "{}: {name} {}: {notice:?}",
                        context.name(),
                        bound.command
                    ));
                }
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn a_key_that_opens_something_does_nothing_in_it() {
    let opens = [Verb::Cancel, Verb::Compare, Verb::Budget, Verb::Journal, Verb::Queues];
    for verb in opens {
        let mut played = prepared(Context::Panes, verb);
        if verb == Verb::Cancel {
            played.press("j");
        }
        let key = played.state.key(Context::Panes, verb);
        played.press(&key);
        let context = played.state.context();
        assert_ne!(context, Context::Panes, "{verb:?}");
        let before = played.seen();
        played.press(&key);
        assert_eq!((played.seen(), played.state.context()), (before, context), "{verb:?}");
    }
}

#[test]
fn nothing_is_confirmed_in_the_first_fifth_of_a_second_of_a_dialog() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "j j", at(40));
    let key = |state: &mut State, name: &str, after: u64| {
        let now = at(40).after(Duration::from_millis(after));
        state.update(Msg::Key(name.parse().unwrap()), now)
    };
    key(&mut state, "X", 0);
    for millis in [0, 100, 199] {
        key(&mut state, "y", millis);
        assert_eq!((state.model.open_cancels(), state.context()), (0, Context::Cancel));
    }
    key(&mut state, "y", 200);
    assert_eq!((state.model.open_cancels(), state.context()), (1, Context::Panes));
}

#[test]
fn a_key_that_means_nothing_says_so_and_never_names_what_starts_or_stops_something() {
    let mut state = opened(&workspace(), SIZES[2]);
    for (key, said) in [
        ("f", "f does nothing here: F is freeze"),
        ("x", "x does nothing here: ? shows the keys"),
        ("c", "c does nothing here: ? shows the keys"),
        ("%", "% does nothing here: ? shows the keys"),
        ("g x", "g x does nothing here: ? shows the keys"),
    ] {
        let before = state.model.revision();
        assert_eq!(press(&mut state, key, at(40)), [], "{key}");
        let shown = drawn(&mut state, SIZES[2], at(40));
        assert!(shown.contains(said), "{said}\n{shown}");
        assert_eq!(state.model.revision(), before);
    }
    press(&mut state, "g Esc", at(40));
    assert_eq!(state.notice, None, "a sequence that is given up says nothing");
}

#[test]
fn no_context_has_a_key_twice_and_letters_stay_free_where_they_are_typed() {
    let keys = Options::default().keys;
    for (context, bounds) in keys.contexts() {
        let mut taken = BTreeSet::new();
        for name in bounds.iter().flat_map(Bound::names) {
            assert!(taken.insert(name.clone()), "{name} twice in {}", context.name());
        }
        for name in &taken {
            let begins = taken.iter().find(|other| other.starts_with(&format!("{name} ")));
            assert_eq!(begins, None, "{name} in {}", context.name());
        }
    }
    for context in [Context::Line, Context::Form, Context::FormValues, Context::CancelName] {
        let letters =
            rows(context).flat_map(|row| row.keys).filter(|name| name.chars().count() == 1);
        assert_eq!(letters.count(), 0, "{}", context.name());
    }
    for verb in [Verb::Cancel, Verb::Trigger] {
        for name in ["d", "ctrl-d", "ctrl-r", "Delete", "Backspace", "x", "y", "Enter"] {
            let found = keys.find(Context::Panes, &[name.parse().unwrap()]);
            assert_ne!(found, Found::Command(verb.into()), "{name}: keys that slip never destroy");
        }
    }
}

#[test]
fn a_key_that_is_held_does_not_confirm_what_it_has_opened() {
    let mut state = opened(&workspace(), SIZES[1]);
    let key = |state: &mut State, name: &str, after: u64| {
        let now = at(40).after(Duration::from_millis(after));
        state.update(Msg::Key(name.parse().unwrap()), now);
        state.context()
    };
    key(&mut state, "t", 0);
    key(&mut state, "ctrl-p", 500);
    for (index, letter) in "review".chars().enumerate() {
        key(&mut state, &letter.to_string(), 600 + index as u64);
    }
    // Held for three seconds, repeated every 50 ms after the first half.
    assert_eq!(key(&mut state, "Enter", 1000), Context::Review);
    for repeat in 0..50 {
        assert_eq!(key(&mut state, "Enter", 1500 + 50 * repeat), Context::Review, "{repeat}");
    }
    assert_eq!(state.model.starts().count(), 0);
    assert_ne!(key(&mut state, "Enter", 6000), Context::Review, "let go, and pressed again");
    assert_eq!(state.model.starts().count(), 1);
}

#[test]
fn a_start_can_be_taken_back_at_once_and_quitting_works_within_a_sequence() {
    let mut played = prepared(Context::Sending, Verb::TakeBack);
    let press = |state: &mut State, name: &str| {
        state.update(Msg::Key(name.parse().unwrap()), at(40));
    };
    played.state.context_since.1 = at(40).boot;
    press(&mut played.state, "Esc");
    assert_ne!(played.state.context(), Context::Sending);
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "g");
    let effects = state.update(Msg::Key("ctrl-c".parse().unwrap()), at(40));
    assert_eq!(effects, [Effect::Quit]);
}
