//! The keys that hextop has by itself: context → keys → verb.
//!
//! A context's rows stand in the order of its help, and the first row that a key fits counts, so
//! that a place can have other rows before those that it shares with others.

use super::Context;
use super::verb::Verb;

/// One line of a context.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The keys, each of which does it; chords in sequence stand with a space between them.
    pub keys: &'static [&'static str],
    /// What they do.
    pub verb: Verb,
    /// What the verb is given, if anything.
    pub argument: Option<&'static str>,
    /// What is read about it, where that is not what the verb says of itself.
    pub help: Option<&'static str>,
    /// The word in the line of keys, if it is worth one.
    pub hint: Option<&'static str>,
}

const fn row(keys: &'static [&'static str], verb: Verb) -> Row {
    Row { keys, verb, argument: None, help: None, hint: None }
}

impl Row {
    const fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    const fn given(self, argument: &'static str, help: &'static str) -> Self {
        Self { argument: Some(argument), help: Some(help), ..self }
    }
}

/// Where letters are keys.
const MOVES: &[Row] = &[
    row(&["j", "Down"], Verb::Down),
    row(&["k", "Up"], Verb::Up),
    row(&["ctrl-d", "PageDown"], Verb::PageDown),
    row(&["ctrl-u", "PageUp"], Verb::PageUp),
    row(&["g g", "Home"], Verb::Top),
    row(&["G", "End"], Verb::Bottom),
];

/// Where letters are keys, and what is there can be left.
const COMMAND: &[Row] = &[row(&[":"], Verb::CommandLine), row(&["K"], Verb::Keep)];

/// Where letters are typed.
const ARROWS: &[Row] = &[
    row(&["Down"], Verb::Down),
    row(&["Up"], Verb::Up),
    row(&["PageDown"], Verb::PageDown),
    row(&["PageUp"], Verb::PageUp),
];

const EVERYWHERE: &[Row] = &[
    row(&["F1"], Verb::Help),
    row(&["ctrl-p"], Verb::Palette),
    row(&["ctrl-c"], Verb::QuitNow),
    row(&["ctrl-z"], Verb::Suspend),
];

const PANES: &[Row] = &[
    row(&["X"], Verb::Cancel).hint("cancel"),
    row(&["L"], Verb::LetGo),
    row(&["K"], Verb::Keep),
    row(&["t"], Verb::Trigger).hint("trigger"),
    row(&["T"], Verb::Rerun).hint("re-run"),
    row(&["D"], Verb::Compare),
    row(&["/"], Verb::Filter).hint("filter"),
    row(&["Space"], Verb::Mark),
    row(&["v"], Verb::MarkRange),
    row(&["ctrl-a"], Verb::MarkAll),
    row(&["!"], Verb::MarkOutOfHand),
];

/// What the panes have besides, in the help after the moves.
const PLACES: &[Row] = &[
    row(&["n"], Verb::NextMatch),
    row(&["N"], Verb::PreviousMatch),
    row(&["Tab"], Verb::NextPane),
    row(&["shift-Tab"], Verb::PreviousPane),
    row(&["]"], Verb::NextTab),
    row(&["["], Verb::PreviousTab),
    row(&["1"], Verb::Tab).given("all", "all runs"),
    row(&["2"], Verb::Tab).given("out-of-hand", "runs out of hand"),
    row(&["3"], Verb::Tab).given("pending", "pending runs"),
    row(&["4"], Verb::Tab).given("running", "running runs"),
    row(&["5"], Verb::Tab).given("errored", "errored runs"),
    row(&["6"], Verb::Tab).given("completed", "completed runs"),
    row(&["7"], Verb::Tab).given("killed", "killed runs"),
    row(&["8"], Verb::Tab).given("no-kernel", "runs that got no kernel"),
    row(&["Enter"], Verb::Enter),
    row(&["Esc"], Verb::Back),
    row(&["z"], Verb::Zoom),
    row(&["s"], Verb::Sort),
    row(&["S"], Verb::SortDirection),
    row(&["o"], Verb::Open),
    row(&["y"], Verb::CopyId),
    row(&["Y"], Verb::CopyUrl),
    row(&["r"], Verb::Refresh),
    row(&["R"], Verb::RefreshAll),
    row(&["w"], Verb::Watch),
    row(&["p"], Verb::Pin),
    row(&["P"], Verb::Incident),
    row(&["b"], Verb::Budget),
    row(&["g t"], Verb::Timeline),
    row(&["@"], Verb::Journal),
    row(&["Q"], Verb::Queues),
    row(&["F"], Verb::Freeze),
    row(&["M"], Verb::Mouse),
    row(&[], Verb::Theme),
    row(&[], Verb::Profile),
    row(&[], Verb::Tour),
    row(&[], Verb::Project),
    row(&[], Verb::SaveFilter),
    row(&[], Verb::Alerts),
    row(&[], Verb::Rules),
    row(&[], Verb::Report),
    row(&[], Verb::About),
    row(&[":"], Verb::CommandLine).hint("command"),
    row(&["?"], Verb::Help).hint("help"),
    row(&["q"], Verb::Quit),
];

const CANCEL: &[Row] = &[
    row(&["y"], Verb::Confirm).help("cancel the run").hint("yes"),
    row(&["Esc", "Enter", "n"], Verb::Close).help("close without cancelling").hint("no"),
    row(&["r"], Verb::StartAgain).hint("start again"),
];

const CANCEL_COUNT: &[Row] = &[
    row(&["y"], Verb::Confirm).help("after their count: cancel the runs").hint("yes"),
    row(&["Esc", "Enter", "n"], Verb::Close).help("close without cancelling").hint("no"),
];

const CANCEL_NAME: &[Row] = &[
    row(&["ctrl-y"], Verb::Confirm)
        .help("after the title or the run's short id, of several after title and count: cancel")
        .hint("yes"),
    row(&["Esc", "Enter"], Verb::Close).help("close without cancelling").hint("no"),
    row(&["ctrl-r"], Verb::StartAgain).hint("start again"),
];

const RERUN: &[Row] = &[
    row(&["y"], Verb::Start).help("after their count: start the runs").hint("yes"),
    row(&["Esc", "Enter", "n"], Verb::Close).help("close without starting").hint("no"),
];

const CLOSE: &[Row] = &[row(&["Esc", "Enter", "q"], Verb::Close).hint("close")];

const RULES: &[Row] = &[row(&["w"], Verb::Watch)
    .help("be told what the selected rule does, or no longer")
    .hint("watch")];

const TIMELINE: &[Row] = &[
    row(&["Enter"], Verb::Enter)
        .help("from a project to its runs, from a run to its row among all")
        .hint("in"),
    row(&["h", "Left"], Verb::Earlier).hint("earlier"),
    row(&["l", "Right"], Verb::Later).hint("later"),
    row(&["0"], Verb::ToNow).hint("now"),
    row(&["+", "="], Verb::ZoomIn).hint("closer"),
    row(&["-"], Verb::ZoomOut).hint("farther"),
    row(&["Esc", "q"], Verb::Close).help("back to the projects, or close").hint("back"),
    row(&["?"], Verb::Help),
];

const HELP: &[Row] = &[row(&["Esc", "Enter"], Verb::Close).hint("close")];

const JOURNAL: &[Row] = &[
    row(&["Enter"], Verb::Details).hint("details"),
    row(&["/"], Verb::Filter)
        .help("filter: words, state:ambiguous project:churn who:ana")
        .hint("filter"),
    row(&["?"], Verb::Help).hint("help"),
    row(&["T"], Verb::Rerun)
        .help("open the form with its inputs; sends nothing by itself")
        .hint("re-run"),
    row(&["e"], Verb::EditReason).hint("reason"),
    row(&["x"], Verb::ExportJson).hint("JSON"),
    row(&["c"], Verb::ExportCsv).hint("CSV"),
    row(&["Esc", "q"], Verb::Close).hint("close"),
    row(&["o"], Verb::Open).help("open its run in the browser"),
    row(&["y"], Verb::CopyId).help("copy the id of its run, or else its own"),
    row(&["X", "L"], Verb::TakeBack),
    row(&["w"], Verb::WaitForRoom),
];

const ENTRY: &[Row] = &[
    row(&["T"], Verb::Rerun)
        .help("open the form with its inputs; sends nothing by itself")
        .hint("re-run"),
    row(&["e"], Verb::EditReason).hint("reason"),
    row(&["o"], Verb::Open).help("open its run in the browser").hint("open"),
    row(&["y"], Verb::CopyId).help("copy the id of its run, or else its own").hint("copy id"),
    row(&["X", "L"], Verb::TakeBack).hint("take back"),
    row(&["w"], Verb::WaitForRoom),
    row(&["Esc", "Enter", "q"], Verb::Close).help("back to the list").hint("back"),
    row(&["?"], Verb::Help),
];

const QUEUES: &[Row] = &[
    row(&["Space", "p"], Verb::Pause).hint("pause, go on"),
    row(&["x"], Verb::CutShort).hint("cut short"),
    row(&["t"], Verb::RetryFailed).hint("retry failed"),
    row(&["Enter"], Verb::Details).help("its starts, each with what became of it").hint("starts"),
    row(&["Esc", "q"], Verb::Close).hint("close"),
    row(&["?"], Verb::Help),
];

const FORM: &[Row] = &[
    row(&["ctrl-s", "F10"], Verb::Review).hint("review"),
    row(&["Tab", "Enter"], Verb::NextField).hint("next"),
    row(&["F1"], Verb::Help).hint("help"),
    row(&["ctrl-n"], Verb::AddParameter).hint("add"),
    row(&["ctrl-x"], Verb::Reset).hint("reset"),
    row(&["ctrl-e"], Verb::EditBody).hint("editor"),
    row(&["ctrl-l"], Verb::Several).hint("several"),
    row(&["shift-Tab"], Verb::PreviousField),
    row(&["Down"], Verb::Choose),
    row(&["Up"], Verb::PreviousRow),
    row(&["PageDown"], Verb::PageDown).help("five rows down"),
    row(&["PageUp"], Verb::PageUp).help("five rows up"),
    row(&["ctrl-t"], Verb::NextType),
    row(&["ctrl-f"], Verb::LoadFile),
    row(&["ctrl-_", "ctrl-/"], Verb::Undo),
    row(&["ctrl-g"], Verb::EditValue),
    row(&["ctrl-o"], Verb::Presets),
    row(&["ctrl-r"], Verb::ReadInputs),
    row(&["Esc"], Verb::Close).help("close; asks before edits are lost"),
];

const FORM_OPTION: &[Row] = &[row(&["Space", "Right"], Verb::Turn), row(&["Left"], Verb::TurnBack)];

const FORM_PICKS: &[Row] =
    &[row(&["Space"], Verb::Take).help("take this value, or take it out again").hint("take")];

const FORM_VALUES: &[Row] = &[
    row(&["Enter"], Verb::Take).hint("take"),
    row(&["Down"], Verb::Down),
    row(&["Up"], Verb::Up),
    row(&["Esc"], Verb::Close).help("close the values").hint("close"),
];

const REVIEW: &[Row] = &[
    row(&["Enter"], Verb::Start).hint("start the run"),
    row(&["ctrl-y"], Verb::DryRun).hint("dry run"),
    row(&["n"], Verb::EditReason).help("write down why, which stays in the journal").hint("reason"),
    row(&["c"], Verb::CopyCurl).hint("copy as curl"),
    row(&["Esc"], Verb::Close).help("back to the form").hint("back"),
    row(&["?"], Verb::Help),
];

const REVIEW_COUNT: &[Row] = &[
    row(&["Enter", "y"], Verb::Start).help("after their number: start the runs").hint("start"),
    row(&["ctrl-y"], Verb::DryRun).hint("dry run"),
    row(&["n"], Verb::EditReason).help("write down why, which stays in the journal").hint("reason"),
    row(&["c"], Verb::CopyCurl),
    row(&["Esc"], Verb::Close).help("back to the form").hint("back"),
];

const SENDING: &[Row] = &[row(&["Esc"], Verb::TakeBack)
    .help("take it back, as long as it has not left")
    .hint("take it back, as long as it has not left")];

const WAITING: &[Row] = &[
    row(&["Esc"], Verb::TakeBack).help("take it back").hint("take it back"),
    row(&["Enter"], Verb::Close)
        .help("close the form; it goes on waiting")
        .hint("close, it goes on waiting"),
];

const NO_ROOM: &[Row] = &[
    row(&["w"], Verb::WaitForRoom)
        .help("send it when there is room")
        .hint("send it when there is room"),
    row(&["Esc", "Enter"], Verb::Close).help("back to the form").hint("back to the form"),
];

const UNREAD: &[Row] = &[
    row(&["ctrl-e"], Verb::EditBody)
        .help("go on editing this text")
        .hint("go on editing this text"),
    row(&["Esc"], Verb::Discard).hint("throw it away"),
];

const ANSWERED: &[Row] = &[row(&["Esc", "Enter"], Verb::Close).hint("close")];

const PRESETS: &[Row] = &[
    row(&["Enter"], Verb::LoadPreset).hint("load"),
    row(&["s"], Verb::SavePreset).hint("save"),
    row(&["r"], Verb::RenamePreset).hint("rename"),
    row(&["x"], Verb::DeletePreset).hint("delete"),
    row(&["Esc", "q"], Verb::Close).help("back to the form").hint("back"),
    row(&["?"], Verb::Help),
];

const LINE: &[Row] =
    &[row(&["Enter"], Verb::Accept).hint("keep"), row(&["Esc"], Verb::Close).hint("leave")];

const FILTER_LINE: &[Row] = &[row(&["Tab"], Verb::Complete)];

const COMMAND_LINE: &[Row] = &[
    row(&["Enter"], Verb::Accept).help("carry out the command").hint("do it"),
    row(&["Tab"], Verb::Complete),
    row(&["Up"], Verb::Older),
    row(&["Down"], Verb::Newer),
    row(&["Esc"], Verb::Close).hint("leave"),
];

const PALETTE: &[Row] = &[
    row(&["Enter"], Verb::Accept).help("carry out the command").hint("do it"),
    row(&["Esc"], Verb::Close).hint("leave"),
];

const QUESTION: &[Row] = &[
    row(&["y"], Verb::Confirm).hint("yes"),
    row(&["Esc", "Enter", "n"], Verb::Close).help("no; any other key means no as well").hint("no"),
];

/// The rows of a context, the first that fits first.
pub fn rows(context: Context) -> impl Iterator<Item = &'static Row> {
    let parts: &[&[Row]] = match context {
        Context::Everywhere => &[EVERYWHERE],
        Context::Panes => &[PANES, MOVES, PLACES],
        Context::Cancel => &[CANCEL],
        Context::CancelCount => &[CANCEL_COUNT, MOVES],
        Context::CancelName => &[CANCEL_NAME, ARROWS],
        Context::Rerun => &[RERUN, MOVES],
        Context::Help => &[HELP, ARROWS],
        Context::About
        | Context::Alerts
        | Context::Budget
        | Context::Compare
        | Context::QueueStarts => &[CLOSE, MOVES, COMMAND],
        Context::Rules => &[RULES, CLOSE, MOVES, COMMAND],
        Context::Journal => &[JOURNAL, MOVES, COMMAND],
        Context::Entry => &[ENTRY, MOVES, COMMAND],
        Context::Queues => &[QUEUES, MOVES, COMMAND],
        Context::Timeline => &[TIMELINE, MOVES, COMMAND],
        Context::Form => &[FORM],
        Context::FormOption => &[FORM_OPTION, FORM],
        Context::FormValues => &[FORM_VALUES, FORM],
        Context::FormPicks => &[FORM_PICKS, FORM_VALUES, FORM],
        Context::Review => &[REVIEW, MOVES, COMMAND],
        Context::ReviewCount => &[REVIEW_COUNT, MOVES],
        Context::Sending => &[SENDING],
        Context::Waiting => &[WAITING],
        Context::NoRoom => &[NO_ROOM],
        Context::Unread => &[UNREAD],
        Context::Answered => &[ANSWERED],
        Context::Presets => &[PRESETS, MOVES, COMMAND],
        Context::Line => &[LINE],
        Context::FilterLine => &[LINE, FILTER_LINE],
        Context::CommandLine => &[COMMAND_LINE],
        Context::Palette => &[PALETTE, ARROWS],
        Context::Question => &[QUESTION],
    };
    parts.iter().copied().flatten()
}
