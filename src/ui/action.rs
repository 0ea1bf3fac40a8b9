//! The one table of keys.
//!
//! Help, footer and the README's table are drawn from it; a key that is not here does nothing
//! outside a field.

#[cfg(test)]
mod tests;

use super::chord::{Chord, Key};

/// What a key does outside fields and sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table below says what each does")]
pub enum Action {
    Down,
    Up,
    PageDown,
    PageUp,
    Top,
    Bottom,
    NextPane,
    PreviousPane,
    NextTab,
    PreviousTab,
    Tab(u8),
    Enter,
    Back,
    Zoom,
    Filter,
    NextMatch,
    PreviousMatch,
    Help,
    Mark,
    MarkRange,
    MarkAll,
    Trigger,
    Rerun,
    Compare,
    Journal,
    Cancel,
    LetGo,
    Sort,
    SortDirection,
    Open,
    CopyId,
    CopyUrl,
    Refresh,
    RefreshAll,
    Freeze,
    Pin,
    Incident,
    Budget,
    Queues,
    Quit,
    QuitNow,
    Suspend,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// The keys, separated by spaces.
    pub keys: &'static str,
    /// What a person reads about it.
    pub help: &'static str,
    /// The word in the footer, if it is worth one.
    pub footer: Option<&'static str>,
}

const fn command(action: Action, keys: &'static str, help: &'static str) -> Command {
    Command { action, keys, help, footer: None }
}

const fn shown(
    action: Action,
    keys: &'static str,
    help: &'static str,
    footer: &'static str,
) -> Command {
    Command { action, keys, help, footer: Some(footer) }
}

/// Every command with its keys, in the order of the help.
pub const COMMANDS: &[Command] = &[
    shown(
        Action::Cancel,
        "X",
        "cancel the marked runs, the selected run, or all active runs of the selected project",
        "cancel",
    ),
    command(
        Action::LetGo,
        "L",
        "let a cancel go, stuck or not: nothing more is sent for it; X on a stuck one tries again",
    ),
    shown(Action::Trigger, "t", "start a run of the selected project: opens the form", "trigger"),
    command(
        Action::Rerun,
        "T",
        "re-run: opens the form with the selected run's inputs; sends nothing by itself",
    ),
    command(Action::Compare, "D", "compare two marked runs: inputs, options, times, outcome"),
    shown(
        Action::Filter,
        "/",
        "filter this pane: words, status:running project:churn trigger:api age>10m",
        "filter",
    ),
    shown(Action::Mark, "Space", "mark the run", "mark"),
    command(Action::MarkRange, "v", "mark a range: from here to where you move; v again ends it"),
    command(Action::MarkAll, "ctrl-a", "mark all runs shown"),
    command(Action::Down, "j Down", "down"),
    command(Action::Up, "k Up", "up"),
    command(Action::PageDown, "ctrl-d PageDown", "a page down"),
    command(Action::PageUp, "ctrl-u PageUp", "a page up"),
    command(Action::Top, "g Home", "to the first row (g g works too)"),
    command(Action::Bottom, "G End", "to the last row"),
    command(Action::NextMatch, "n", "next row under the filter, round the end"),
    command(Action::PreviousMatch, "N", "previous row under the filter, round the top"),
    command(Action::NextPane, "Tab", "next pane"),
    command(Action::PreviousPane, "shift-Tab", "previous pane"),
    command(Action::NextTab, "]", "next status tab"),
    command(Action::PreviousTab, "[", "previous status tab"),
    command(Action::Tab(0), "1", "all runs"),
    command(Action::Tab(1), "2", "pending runs"),
    command(Action::Tab(2), "3", "running runs"),
    command(Action::Tab(3), "4", "errored runs"),
    command(Action::Tab(4), "5", "completed runs"),
    command(Action::Tab(5), "6", "killed runs"),
    command(Action::Tab(6), "7", "runs that got no kernel"),
    command(Action::Enter, "Enter", "in: from a project to its runs, from a run to its details"),
    command(Action::Back, "Esc", "back: stop unsent cancels, clear marks, filter, scope or zoom"),
    command(Action::Zoom, "z", "let this pane fill the screen, and back"),
    command(Action::Sort, "s", "sort by the next column"),
    command(Action::SortDirection, "S", "turn the sorting round"),
    command(Action::Open, "o", "open in the browser"),
    command(Action::CopyId, "y", "copy the id (by the terminal, works over SSH)"),
    command(Action::CopyUrl, "Y", "copy the URL"),
    command(Action::Refresh, "r", "look at this project now; try again after an error"),
    command(
        Action::RefreshAll,
        "R",
        "look at all projects now: says what it costs; R again does it, once more takes it back",
    ),
    shown(
        Action::Pin,
        "p",
        "pin the selected project, or let it go: listed first, polled first",
        "pin",
    ),
    command(
        Action::Incident,
        "P",
        "incident mode on and off: nothing is polled but what is pinned; r, R and X work everywhere",
    ),
    shown(
        Action::Budget,
        "b",
        "the budget: who uses it, where its limit is known from, the next polls and why",
        "budget",
    ),
    command(
        Action::Journal,
        "@",
        "the journal: every start and cancel, who, with what, why, and what came of it; T and export there",
    ),
    command(
        Action::Queues,
        "Q",
        "the queues: how far each sweep is, pause it, cut it short, try failed starts again",
    ),
    command(Action::Freeze, "F", "freeze the screen, and thaw it; watching goes on"),
    shown(Action::Help, "? F1", "help for where you are; type to search", "help"),
    shown(Action::Quit, "q", "back, or quit", "quit"),
    command(Action::QuitNow, "ctrl-c", "quit from anywhere; asks once if something is unsettled"),
    command(
        Action::Suspend,
        "ctrl-z",
        "back to the shell from anywhere; `fg` there goes on. Nothing is sent meanwhile",
    ),
];

/// Keys that work in forms and sheets, for the help and the README.
pub const SHEET_KEYS: &[(&str, &str, &str)] = &[
    ("cancel sheet", "y", "cancel the run"),
    ("cancel sheet", "the count, then y", "cancel several runs"),
    (
        "cancel sheet",
        "the name, then ctrl-y",
        "cancel runs of a protected project: the name is its title or a run's id",
    ),
    ("cancel sheet", "j k Down Up", "scroll"),
    ("cancel sheet", "Esc Enter n", "close without cancelling"),
    ("budget panel", "j k Down Up", "scroll"),
    ("budget panel", "b Esc Enter", "close"),
    ("comparison", "j k Down Up", "scroll"),
    ("comparison", "D Esc Enter", "close"),
    ("journal", "j k g G PageUp PageDown", "move, or scroll the details"),
    ("journal", "Enter", "the details of the entry, and back"),
    ("journal", "/", "filter: words, state:ambiguous project:churn who:ana; Esc clears it"),
    ("journal", "T", "open the form with its inputs; sends nothing by itself"),
    ("journal", "e", "write down why it was started, or change that"),
    ("journal", "o y", "open its run in the browser; copy the id of its run, or else its own"),
    ("journal", "x c", "export the entries shown to a file: as JSON lines, as CSV"),
    ("journal", "X L", "take back a start that has not left; let a cancel go"),
    ("journal", "w", "send a start that Hex refused for want of room once there is some"),
    ("journal", "? F1", "these keys"),
    ("journal", "@ Esc", "close"),
    ("queues", "j k Down Up", "next and previous queue; in a queue's starts: scroll"),
    ("queues", "Space p", "pause the queue, or go on with it"),
    ("queues", "x", "cut it short: nothing of it that has not left is sent; asks"),
    ("queues", "t", "start again what has failed of it; asks"),
    ("queues", "Enter", "its starts, each with what became of it"),
    ("queues", "Q Esc", "close; from a queue's starts back to the queues"),
    ("trigger form", "Tab Enter shift-Tab Up", "next and previous field"),
    (
        "trigger form",
        "Down",
        "open the values to choose from; letters narrow them down, Enter takes",
    ),
    ("trigger form", "ctrl-n", "add a parameter"),
    (
        "trigger form",
        "ctrl-x",
        "back to the default; take a parameter of your own out, or the file",
    ),
    ("trigger form", "ctrl-t", "change the type; on the type itself also Left Right Space"),
    ("trigger form", "Left Right Space", "change a checkbox or an option"),
    ("trigger form", "ctrl-l", "several values in this field, or one: each is a start of its own"),
    ("trigger form", "ctrl-f", "take values from a CSV file: each of its lines is a start"),
    ("trigger form", "ctrl-_ ctrl-/", "take the last change in this field back"),
    ("trigger form", "ctrl-g", "edit this value in $EDITOR: for several lines"),
    ("trigger form", "ctrl-e", "edit the whole body in $EDITOR, as JSON"),
    ("trigger form", "ctrl-o", "presets: load, save, rename, delete"),
    ("trigger form", "ctrl-r", "ask the app again which inputs it has"),
    ("trigger form", "PageUp PageDown", "five rows up or down"),
    ("trigger form", "F1", "these keys"),
    ("trigger form", "ctrl-s F10", "review what will be sent"),
    ("trigger form", "Esc", "close; asks before edits are lost"),
    ("review", "Enter", "start the run; more than 10 only after their number is typed"),
    ("review", "n", "write a reason down, which stays in the journal"),
    ("review", "ctrl-y", "dry run: Hex checks it and starts nothing"),
    ("review", "c", "copy it as a curl command, without the token"),
    ("review", "j k Down Up", "scroll"),
    ("review", "Esc", "back to the form; takes back a start that has not left"),
    ("review", "w", "after a refusal for want of room: send it when there is some"),
];

/// What a key does outside fields and sheets.
pub fn action_of(chord: Chord) -> Option<Action> {
    // Vi habits write `g g`; the first goes to the top, so the second changes nothing.
    COMMANDS
        .iter()
        .find(|command| command.chords().any(|known| known == chord))
        .map(|command| command.action)
}

impl Command {
    /// Its keys.
    pub fn chords(&self) -> impl Iterator<Item = Chord> {
        self.keys.split(' ').filter_map(|name| name.parse().ok())
    }
}

/// The tables above as Markdown, for the README; a test holds the two together.
pub fn markdown() -> String {
    let code =
        |keys: &str| keys.split(' ').map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
    let mut table = "| keys | what they do |\n|---|---|\n".to_owned();
    for command in COMMANDS {
        table += &format!("| {} | {} |\n", code(command.keys), command.help);
    }
    table += "\n| where | keys | what they do |\n|---|---|---|\n";
    for (place, keys, help) in SHEET_KEYS {
        table += &format!("| {place} | {keys} | {help} |\n");
    }
    table
}

/// Whether a chord asks to quit, wherever it is pressed.
pub fn quits(chord: Chord) -> bool {
    chord == Chord { key: Key::Char('c'), ctrl: true }
}

/// Whether a chord asks to suspend, wherever it is pressed.
pub(crate) fn suspends(chord: Chord) -> bool {
    chord == Chord::ctrl('z')
}
