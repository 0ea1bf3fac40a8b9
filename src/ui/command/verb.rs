//! The verbs: what each is called, and what a person reads about it.

use crate::ui::manual;
use crate::ui::theme::NAMES;

/// Names each verb once, with its name and what it does.
macro_rules! verbs {
    ($($verb:ident $name:literal $help:literal)*) => {
        /// What can be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $(#[doc = $help] $verb,)*
        }

        /// All of them, in the order of the help.
        pub const VERBS: &[Verb] = &[$(Verb::$verb),*];

        impl Verb {
            /// Its name, as it is written behind a colon and in the settings.
            pub fn name(self) -> &'static str {
                match self { $(Self::$verb => $name),* }
            }

            /// What a person reads about it.
            pub fn help(self) -> &'static str {
                match self { $(Self::$verb => $help),* }
            }
        }
    };
}

verbs! {
    Cancel "cancel" "cancel the marked runs, the selected run, or all active runs of the selected project; with a filter all active runs that it admits, such as verdict:runaway"
    LetGo "let-go" "let a cancel go, stuck or not: nothing more is sent for it; cancelling a stuck one again tries once more"
    Keep "keep" "keep runs that a rule is about to cancel: the one under the cursor or the marked ones, else all"
    Trigger "trigger" "start a run of the selected project: opens the form"
    Rerun "rerun" "re-run: opens the form with the selected run's inputs; sends nothing by itself"
    StartAgain "start-again" "start the run again once it is cancelled: with the same inputs, then with the form to change them, then not"
    Compare "compare" "compare two marked runs: inputs, options, times, outcome"
    Filter "filter" "filter this pane: words, status:running project:churn age>10m ratio>3 verdict:runaway, not, or, ( )"
    SaveFilter "save-filter" "keep this pane's filter under a name, which `@name` in any filter then stands for; without a filter, forget that name"
    Mark "mark" "mark the run"
    MarkRange "mark-range" "mark a range: from here to where you move; once more ends it"
    MarkAll "mark-all" "mark all runs shown"
    MarkOutOfHand "mark-out-of-hand" "mark all runs that are out of hand"
    Down "down" "down"
    Up "up" "up"
    PageDown "page-down" "a page down"
    PageUp "page-up" "a page up"
    Top "top" "to the beginning"
    Bottom "bottom" "to the end"
    NextMatch "next-match" "next row under the filter, round the end"
    PreviousMatch "previous-match" "previous row under the filter, round the top"
    NextPane "next-pane" "next pane"
    PreviousPane "previous-pane" "previous pane"
    NextTab "next-tab" "next status tab"
    PreviousTab "previous-tab" "previous status tab"
    Tab "tab" "show the runs that are out of hand, or of one status: all, out-of-hand, pending, running, errored, completed, killed, no-kernel"
    Enter "in" "in: from a project to its runs, from a run to its details"
    Back "back" "back: stop unsent cancels, clear marks, filter, scope or zoom"
    Zoom "zoom" "let this pane fill the screen, and back"
    Sort "sort" "sort this pane by the next column, or by a named one: status, project, started, elapsed, usual, seen; projects by title, active, failed"
    SortDirection "sort-direction" "turn the sorting round"
    Open "open" "open in the browser"
    CopyId "copy-id" "copy the id (by the terminal, works over SSH)"
    CopyUrl "copy-url" "copy the URL"
    Refresh "refresh" "look at this project now; try again after an error"
    RefreshAll "refresh-all" "look at all projects now: says what it costs; again does it, once more takes it back"
    Watch "watch" "watch: be told when the marked runs or the selected one end, or when a run of the selected project fails; again: no longer"
    Pin "pin" "pin the selected project, or let it go: listed first, polled first"
    Incident "incident" "incident mode on and off: nothing is polled but what is pinned; looking and cancelling work everywhere"
    Budget "budget" "the budget: who uses it, where its limit is known from, the next polls and why"
    Journal "journal" "the journal: every start and cancel, who, with what, why, and what came of it"
    Queues "queues" "the queues: how far each sweep is, pause it, cut it short, try failed starts again"
    Project "project" "show the runs of a project, by its title or id"
    CommandLine "command" "the command line: everything that can be done, by name"
    Palette "palette" "the palette: everything that can be done here, found by a few letters"
    Freeze "freeze" "freeze the screen, and thaw it; watching goes on"
    Theme "theme" "the colours: terminal, dark, light, high-contrast, colour-blind; the one that is being typed is shown"
    Profile "profile" "go over to another workspace of the settings, by the name of its profile; `default` is the one outside of all profiles"
    Tour "tour" "the tour: five steps through what there is to do; again ends it"
    Mouse "mouse" "the mouse on and off; while it is on, most terminals select text with Shift held"
    Timeline "timeline" "the timeline: what ran when, what is expected to end when, and what is to come"
    Earlier "earlier" "earlier"
    Later "later" "later"
    ToNow "to-now" "back to now"
    ZoomIn "closer" "less of the time, in more detail"
    ZoomOut "farther" "more of the time"
    Rules "rules" "the rules in force: what each forbids or does by itself, and about which projects"
    Report "report" "save an incident as Markdown in the current directory: what failed, what was done and told, in the last hour or as long as is said, such as 2h"
    Alerts "alerts" "the alerts: what you were told of, the newest first"
    About "about" "which hextop this is, for which workspace, with which settings"
    Help "help" "help for where you are, or a page of it by its name, such as budget; type to search"
    Quit "quit" "back, or quit"
    QuitNow "quit-now" "quit from anywhere; asks once if something is unsettled"
    Suspend "suspend" "back to the shell from anywhere; `fg` there goes on. Nothing is sent meanwhile"
    Close "close" "close this, or go back"
    Confirm "confirm" "yes, do it"
    Accept "accept" "keep what is typed"
    Complete "complete" "complete what is typed"
    Older "older" "the command before"
    Newer "newer" "the command after"
    Details "details" "what there is to know of it, and back"
    EditReason "reason" "write down why it was started, or change that"
    ExportJson "export-json" "export the entries shown to a file, as JSON lines"
    ExportCsv "export-csv" "export the entries shown to a file, as CSV"
    TakeBack "take-back" "take back a start that has not left; let a cancel go"
    WaitForRoom "wait-for-room" "send a start that Hex refused for want of room once there is some"
    Pause "pause" "pause the queue, or go on with it"
    CutShort "cut-short" "cut it short: nothing of it that has not left is sent; asks"
    RetryFailed "retry-failed" "start again what has failed of it; asks"
    Review "review" "review what will be sent"
    NextField "next-field" "next field"
    PreviousField "previous-field" "previous field"
    Choose "choose" "open the values to choose from; letters narrow them down"
    PreviousRow "previous-row" "the row above"
    AddParameter "add-parameter" "add a parameter"
    Reset "reset" "back to the default; take a parameter of your own out, or the file"
    NextType "next-type" "change the type"
    Turn "turn" "the next value: of a checkbox, a type, an option"
    TurnBack "turn-back" "the value before"
    Several "several" "several values in this field, or one: each is a start of its own"
    LoadFile "load-file" "take values from a CSV file: each of its lines is a start"
    Undo "undo" "take the last change in this field back"
    EditValue "edit-value" "edit this value in $EDITOR: for several lines"
    EditBody "edit-body" "edit the whole body in $EDITOR, as JSON"
    Presets "presets" "presets: load, save, rename, delete"
    ReadInputs "read-inputs" "ask the app again which inputs it has"
    Take "take" "take this value"
    Start "start" "start what is reviewed; more than 10 only after their number is typed"
    DryRun "dry-run" "dry run: Hex checks it and starts nothing"
    CopyCurl "copy-curl" "copy it as a curl command, without the token"
    LoadPreset "load-preset" "fill the form with this preset"
    SavePreset "save-preset" "save the form's values under a name, without secrets"
    RenamePreset "rename-preset" "give this preset another name"
    DeletePreset "delete-preset" "delete this preset; asks"
    Discard "discard" "throw it away"
}

/// What a verb is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// Any text, or none.
    Text,
    /// A filter of runs, or none.
    RunFilter,
    /// One of these words.
    Word {
        /// The words.
        words: &'static [&'static str],
        /// Whether it may stand without one.
        optional: bool,
    },
    /// The name of a profile.
    Profile,
    /// The title or the id of a project.
    Project {
        /// Whether without it the selected one is meant.
        optional: bool,
    },
}

/// What the tabs are called, in their order.
pub(crate) const TABS: &[&str] =
    &["all", "out-of-hand", "pending", "running", "errored", "completed", "killed", "no-kernel"];

/// The columns of runs and of projects.
const COLUMNS: &[&str] =
    &["status", "project", "started", "elapsed", "usual", "seen", "title", "active", "failed"];

impl Verb {
    /// What it is given.
    pub fn takes(self) -> Takes {
        match self {
            Self::Tab => Takes::Word { words: TABS, optional: false },
            Self::Theme => Takes::Word { words: NAMES, optional: false },
            Self::Profile => Takes::Profile,
            Self::Sort => Takes::Word { words: COLUMNS, optional: true },
            Self::Help => Takes::Word { words: manual::NAMES, optional: true },
            Self::Filter | Self::SaveFilter | Self::Report => Takes::Text,
            Self::Cancel => Takes::RunFilter,
            Self::Project => Takes::Project { optional: false },
            Self::Trigger | Self::Pin | Self::Refresh => Takes::Project { optional: true },
            _ => Takes::Nothing,
        }
    }

    /// Whether it is what one asks for commands with.
    pub(crate) fn asks(self) -> bool {
        matches!(self, Self::CommandLine | Self::Palette)
    }

    /// Whether it may start or stop something, or throw something away, at once: such a verb is not
    /// carried out by a key that was pressed before the dialog could be seen, and never suggested.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Confirm | Self::Start | Self::Discard | Self::LetGo | Self::WaitForRoom
        )
    }

    /// Whether it confirms what a dialog has asked: that is done by its own key and not by name.
    pub fn confirms(self) -> bool {
        matches!(self, Self::Confirm | Self::Start | Self::Discard)
    }

    /// Whether it begins something that starts or stops runs: such a verb is never suggested either.
    pub fn is_grave(self) -> bool {
        self.is_final()
            || matches!(
                self,
                Self::Cancel
                    | Self::Trigger
                    | Self::Rerun
                    | Self::CutShort
                    | Self::TakeBack
                    | Self::RetryFailed
                    | Self::DeletePreset
                    | Self::Quit
                    | Self::QuitNow
                    | Self::Suspend
            )
    }

    /// Whether it does something with the row under the cursor that cannot simply be undone.
    pub(crate) fn acts_on_row(self) -> bool {
        matches!(
            self,
            Self::Cancel
                | Self::LetGo
                | Self::Trigger
                | Self::Rerun
                | Self::Mark
                | Self::Watch
                | Self::Pin
                | Self::Open
                | Self::CopyId
                | Self::CopyUrl
        )
    }

    /// Whether it moves the cursor, and a range of marks with it.
    pub(crate) fn moves(self) -> bool {
        matches!(
            self,
            Self::Down
                | Self::Up
                | Self::PageDown
                | Self::PageUp
                | Self::Top
                | Self::Bottom
                | Self::NextMatch
                | Self::PreviousMatch
        )
    }
}
