//! The stack of layers: who opens and closes what, and that nothing but a person does.

use ratatui::layout::Position;

use super::*;
use crate::ui::mouse::{Action, Mouse};

/// What only a person changes: the layers with all that is typed in them, the focus and the rows
/// under the cursors.
fn own(state: &State) -> String {
    let State { layers, focus, zoom, projects, runs, .. } = state;
    let filters = (&projects.filter.text, &runs.filter.text);
    let rows = (&projects.cursor.key, &runs.cursor.key);
    format!("{layers:?} {focus:?} {zoom} {filters:?} {rows:?} {:?}", runs.marks)
}

#[test]
fn after_a_sweep_from_the_journal_a_form_that_is_closed_does_not_open_it() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    journal::tell(&mut state, journal::entries(), at(40));
    let effects = press(&mut state, "@ G T", at(40));
    settle(&mut state, effects, &projects, at(40));
    press(&mut state, "k e y ctrl-n x Tab Right Tab ctrl-l", at(40));
    state.update(Msg::Paste("1..12".to_owned()), at(40));
    press(&mut state, "ctrl-s 1 2 Enter", at(40));
    assert_eq!(state.context(), Context::Queues, "{}", drawn(&mut state, SIZES[1], at(40)));
    press(&mut state, "Esc", at(40));
    assert_eq!(state.context(), Context::Journal);
    press(&mut state, "Esc", at(40));
    assert!(state.layers.is_empty());
    let effects = press(&mut state, "t", at(41));
    settle(&mut state, effects, &projects, at(41));
    press(&mut state, "Esc", at(41));
    assert!(state.layers.is_empty());
}

#[test]
fn a_row_that_leaves_hands_its_cursor_to_no_other_before_that_can_be_seen() {
    let mut projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    let effects = press(&mut state, "4 j", at(40));
    settle(&mut state, effects, &projects, at(40));
    let under = |state: &State| match state.runs.cursor.key.clone() {
        Some(RowId::Run(_, run)) => run,
        other => panic!("{other:?}"),
    };
    let target = under(&state);
    for (_, runs) in &mut projects {
        for run in runs.iter_mut().filter(|run| run.id == target) {
            (run.status, run.end) = (RunStatus::Completed, Some(at(40).wall));
        }
    }
    let mut second = 40;
    while under(&state) == target {
        second += 1;
        let woke = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        settle(&mut state, woke, &projects, at(second));
        assert!(second < 1000, "the project is never looked at");
    }
    let key = |state: &mut State, after: u64| {
        let now = at(second).after(Duration::from_millis(after));
        state.update(Msg::Key("X".parse().unwrap()), now);
        state.context()
    };
    assert_eq!(key(&mut state, 0), Context::Panes);
    assert!(state.notice.as_ref().unwrap().text.contains("has just left the list"));
    assert_eq!(key(&mut state, 299), Context::Panes, "a fifth of a second after it was drawn");
    assert_eq!(key(&mut state, 300), Context::Cancel);
}

#[test]
fn commands_are_run_by_name_completed_and_called_back() {
    let mut state = opened(&workspace(), SIZES[2]);
    let line =
        |state: &mut State| drawn(state, SIZES[2], at(40)).lines().last().unwrap().to_owned();
    press(&mut state, ": t a b Space r u Tab", at(40));
    assert!(line(&mut state).contains(":tab running"), "{}", line(&mut state));
    let effects = press(&mut state, "Enter", at(40));
    assert!(effects.contains(&Effect::Remember("tab running".to_owned())), "{effects:?}");
    assert_eq!((state.runs.tab, state.layers.len()), (3, 0));
    press(&mut state, ": p r o j e c t Space c h u Tab Enter", at(40));
    assert_eq!(state.runs.scope, Some(project(1, "").id));
    press(&mut state, ": c a n c l e Enter", at(40));
    assert!(
        line(&mut state).contains(":cancle   there is no command `cancle`"),
        "{}",
        line(&mut state)
    );
    assert!(!line(&mut state).contains("mean"), "nothing that stops something is suggested");
    press(&mut state, "Up Up", at(40));
    assert!(line(&mut state).contains(":tab running"), "{}", line(&mut state));
    press(&mut state, "Down Down", at(40));
    assert!(line(&mut state).contains(":cancle"), "what had been typed is there again");
    press(&mut state, "Esc : p r o j e c t Space n o n e Enter", at(40));
    assert!(line(&mut state).contains("no project is called `none`"), "{}", line(&mut state));
    press(&mut state, ": f i l t e r Space s t a t u s : f o o Enter", at(40));
    assert!(line(&mut state).contains("`status:foo` is no status"), "{}", line(&mut state));
    assert_eq!(state.runs.filter.text, "", "what cannot be read changes nothing");
    assert_eq!(
        press(&mut state, ": s u s p e n d Enter", at(40)),
        [Effect::Remember("suspend".to_owned()), Effect::Suspend,]
    );
    assert_eq!(press(&mut state, ": c o n f i r m Enter", at(40)), []);
    assert!(line(&mut state).contains("`confirm` is not possible here"));
}

#[test]
fn a_filter_is_kept_under_a_name_used_by_it_and_forgotten() {
    let mut state = opened(&workspace(), SIZES[2]);
    let said = |state: &State| state.notice.as_ref().unwrap().text.clone();
    let run = |state: &mut State, line: &str| {
        press(state, ":", at(40));
        state.update(Msg::Paste(line.to_owned()), at(40));
        press(state, "Enter", at(40))
    };
    let keeps = |name: &str, text: &str| Effect::KeepFilter {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    run(&mut state, "filter status:errored");
    assert!(run(&mut state, "save-filter bad").contains(&keeps("bad", "status:errored")));
    assert_eq!(said(&state), "kept: @bad in a filter is `status:errored`");
    let errored = state.runs.rows.counts()[0];
    run(&mut state, "filter churn");
    press(&mut state, "/ Space @ b a Tab Enter", at(40));
    assert_eq!(state.runs.filter.text, "churn @bad");
    assert!((1..errored).contains(&state.runs.rows.counts()[0]));
    assert!(!run(&mut state, "save-filter bad").contains(&keeps("bad", "churn @bad")));
    assert!(said(&state).starts_with("not kept: @bad would contain itself"), "{}", said(&state));
    let (before, tab) = (state.runs.rows.counts()[0], state.focus);
    state.focus = Pane::Projects;
    run(&mut state, "filter churn");
    run(&mut state, "save-filter bad");
    run(&mut state, "save-filter no-more");
    state.focus = tab;
    assert_ne!(state.runs.rows.counts()[0], before, "what uses it means something else now");
    run(&mut state, "save-filter no name");
    assert!(said(&state).contains("is no name for a filter"), "{}", said(&state));
    run(&mut state, "filter @none");
    assert!(
        drawn(&mut state, SIZES[2], at(40)).contains("no filter is kept as `@none`; kept: @bad")
    );
    press(&mut state, "Esc Esc", at(40));
    run(&mut state, "filter ");
    assert_eq!(state.context(), Context::FilterLine);
    press(&mut state, "Esc", at(40));
    assert!(run(&mut state, "save-filter bad").contains(&keeps("bad", "")));
    run(&mut state, "filter @bad");
    assert!(drawn(&mut state, SIZES[2], at(40)).contains("kept: @no-more"));
}

#[test]
fn the_palette_finds_by_letters_and_says_the_key_and_why_not() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "ctrl-p", at(40));
    look("palette", &mut state, at(40));
    press(&mut state, "c o m p a r", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(
        shown.contains("compare           D         D compares two runs: mark both"),
        "{shown}"
    );
    press(&mut state, "Enter", at(40));
    assert!(state.notice.as_ref().unwrap().text.contains("mark both with Space first"));
    // In a dialog it has what can be done there, and nothing that confirms.
    press(&mut state, "Home j j X ctrl-p", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(shown.contains("close") && !shown.contains("confirm "), "{shown}");
    press(&mut state, "ctrl-u p r o j e c t Enter", at(40));
    assert_eq!(state.context(), Context::Palette, "`project` is none of a dialog");
    press(&mut state, "Esc Esc ctrl-p p r o j e c t Enter", at(40));
    assert_eq!(state.context(), Context::CommandLine, "it wants to know which");
}

#[test]
fn what_a_person_types_over_a_form_stays_when_its_start_is_answered() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    let effects = press(&mut state, "t", at(40));
    settle(&mut state, effects, &projects, at(40));
    let sent = press(&mut state, "ctrl-s Enter", at(40));
    press(&mut state, "F1 q u e", at(40));
    settle(&mut state, sent, &projects, at(40));
    assert_eq!((state.context(), state.layers.len()), (Context::Help, 1), "the form is gone");
    press(&mut state, "u e", at(40));
    assert!(drawn(&mut state, SIZES[1], at(40)).contains("SEARCH queue"));
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Paste(String),
    /// A second passes, with all that comes in it.
    News,
    Size(u16, u16),
    /// The mouse, on what was drawn just before.
    Mouse(Action, u16, u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let keys = "[ -~]|Esc|Enter|Tab|shift-Tab|Up|Down|Left|Right|Home|End|PageDown|PageUp|Backspace|F1|F10|ctrl-[a-bd-y_]";
    let actions = prop::sample::select(vec![Action::Click, Action::WheelUp, Action::WheelDown]);
    let step = prop_oneof![
        6 => keys.prop_map(Step::Key),
        1 => "\\PC{0,12}".prop_map(Step::Paste),
        3 => Just(Step::News),
        1 => (1_u16..200, 1_u16..60).prop_map(|(width, height)| Step::Size(width, height)),
        3 => (actions, 0_u16..80, 0_u16..24).prop_map(|(action, x, y)| Step::Mouse(action, x, y)),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(80)))]

    #[test]
    fn only_a_person_changes_what_is_open_and_typed_and_esc_leads_out_of_everything(
        begin in prop::sample::select(vec!["j", "@", "@ Enter", "t", "t ctrl-s", "Q", "X", ":", "ctrl-p", "t ctrl-o"]),
        steps in steps(),
    ) {
        let projects = workspace();
        let mut state = opened(&projects, SIZES[1]);
        journal::tell(&mut state, journal::entries(), at(40));
        let mut now = at(40);
        let mut tell = |state: &mut State, msg: Msg| {
            now = now.after(Duration::from_secs(1));
            let effects = state.update(msg, now);
            settle(state, effects, &projects, now);
        };
        for key in begin.split(' ') {
            tell(&mut state, Msg::Key(key.parse().unwrap()));
        }
        for step in steps {
            let before = (own(&state), state.context());
            match step {
                Step::Key(key) => {
                    let name = if key == " " { "Space" } else { &key };
                    tell(&mut state, Msg::Key(name.parse().unwrap()));
                }
                Step::Paste(text) => tell(&mut state, Msg::Paste(text)),
                Step::Mouse(action, x, y) => {
                    let size = state.size;
                    drawn(&mut state, size, at(40));
                    let at = Position::new(x, y);
                    tell(&mut state, Msg::Mouse(Mouse { action, at }));
                }
                Step::News => {
                    tell(&mut state, Msg::Engine(Box::new(engine::Msg::Woke)));
                    prop_assert_eq!((own(&state), state.context()), before);
                }
                Step::Size(width, height) => {
                    tell(&mut state, Msg::Resize(Size { width, height }));
                    prop_assert_eq!(state.context(), before.1);
                }
            }
        }
        tell(&mut state, Msg::Resize(SIZES[1]));
        for _ in 0..12 {
            tell(&mut state, Msg::Key("Esc".parse().unwrap()));
            if state.context() == Context::Question {
                // Edits are not lost by Esc alone.
                tell(&mut state, Msg::Key("y".parse().unwrap()));
            }
        }
        prop_assert_eq!(state.context(), Context::Panes, "{}", drawn(&mut state, SIZES[1], now));
    }
}

#[test]
fn the_details_of_a_project_can_be_scrolled_and_keep_their_list() {
    let mut state = opened(&workspace(), SIZES[0]);
    press(&mut state, "shift-Tab", at(40));
    assert_eq!((state.focus, state.list()), (Pane::Projects, Pane::Projects));
    press(&mut state, "shift-Tab", at(40));
    assert_eq!((state.focus, state.list()), (Pane::Detail, Pane::Projects));
    let top = drawn(&mut state, SIZES[0], at(40));
    assert!(top.contains("Project Churn model"), "{top}");
    let row = state.projects.cursor.index;
    press(&mut state, "G", at(40));
    assert_eq!(state.projects.cursor.index, row, "the text has moved and not the cursor");
    press(&mut state, "Esc", at(40));
    assert_eq!(state.focus, Pane::Projects);
    press(&mut state, "Tab Tab", at(40));
    let shown = drawn(&mut state, SIZES[0], at(40));
    assert!(shown.contains("Run 0000b7e1"), "{shown}");
}

#[test]
fn marking_all_among_the_projects_says_where_that_is_done() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "shift-Tab ctrl-a", at(40));
    assert!(drawn(&mut state, SIZES[1], at(40)).contains("go to the runs first"));
    assert!(state.runs.marks.is_empty());
}

/// The sentence of a notice that is longer than a screen is wide.
const LONG: &str = "inputs unknown: not started from hextop; what it was started with is known to Hex alone, so \
                    open it there, or start the project anew and write its inputs by hand";

/// What is on the screen, without what frames it, in one line.
fn read(state: &mut State, size: Size) -> String {
    let shown = drawn(state, size, at(41));
    let lines = shown.lines().map(|line| line.trim_matches('"').trim());
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_notice_over_whatever_is_open_is_read_whole_and_hides_nothing_of_it() {
    for (width, height) in [(60, 20), (80, 24), (120, 36)] {
        let size = Size { width, height };
        for keys in [
            "j",
            "X",
            "t",
            "t ctrl-s",
            "@",
            "@ Enter",
            "Q",
            "?",
            "ctrl-p",
            "b",
            "/",
            ":",
            ": r u l e s Enter",
            "g t",
        ] {
            let projects = workspace();
            let mut state = opened(&projects, size);
            journal::tell(&mut state, journal::entries(), at(40));
            let asked = press(&mut state, keys, at(40));
            settle(&mut state, asked, &projects, at(40));
            let before = drawn(&mut state, size, at(41));
            state.warn(LONG.to_owned(), at(41));
            state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(41));
            let text = read(&mut state, size);
            // Behind the mode, in the footer, or above what is typed there.
            let mode = format!(" {} ", state.context().mode());
            let told = text.replacen(&mode, " ", 1);
            let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
            let words = LONG.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut rest = told.as_str();
            for word in words.split(' ') {
                let place = rest.find(word);
                assert!(
                    place.is_some(),
                    "{keys} at {width}×{height}: {word}\n{}",
                    drawn(&mut state, size, at(41))
                );
                rest = &rest[place.unwrap() + word.len()..];
            }
            if state.layers.is_empty() || !state.is_covered() {
                continue;
            }
            // The window stands above it with both of its borders and its last line: what is typed, asked or to press.
            let shown = drawn(&mut state, size, at(41));
            let foot = |shown: &str| {
                let lines: Vec<_> = shown.lines().map(str::to_owned).collect();
                let bottom = lines.iter().rposition(|line| line.contains('┗')).unwrap();
                (bottom, lines[bottom - 1].clone())
            };
            let notice =
                shown.lines().position(|line| line.contains("inputs unknown: not")).unwrap();
            assert!(foot(&shown).0 < notice, "{keys}: {shown}");
            // Of a page it is the next line of the text.
            let is_page = matches!(keys, "b" | "?" | ": r u l e s Enter" | "ctrl-p");
            assert!(
                is_page || foot(&shown).1 == foot(&before).1,
                "{keys} at {width}×{height}: {before} {shown}"
            );
        }
    }
}
