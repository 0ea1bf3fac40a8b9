//! Where keys are pressed: each place has bindings of its own.

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Nothing lies over the panes.
    Panes,
    /// Any place: these work besides its own.
    Everywhere,
    /// The dialog that cancels one run.
    Cancel,
    /// The one that cancels several: their count is typed.
    CancelCount,
    /// The one that cancels runs of a protected project: its title is typed.
    CancelName,
    /// The review of marked runs that are run again: their count is typed.
    Rerun,
    /// The help.
    Help,
    /// What this program is.
    About,
    /// The alerts.
    Alerts,
    /// The list of the rules.
    Rules,
    /// The timeline.
    Timeline,
    /// The budget.
    Budget,
    /// The comparison of two runs.
    Compare,
    /// The list of the journal.
    Journal,
    /// An entry of the journal.
    Entry,
    /// The list of queues.
    Queues,
    /// The starts of a queue.
    QueueStarts,
    /// A text field of the trigger form.
    Form,
    /// A field of the form that holds one of a few values: a checkbox, a type, an option.
    FormOption,
    /// The values that are open below a field of the form.
    FormValues,
    /// The same, where several are taken.
    FormPicks,
    /// The review of what the form sends.
    Review,
    /// The same, where the number of starts is typed.
    ReviewCount,
    /// A start that has been confirmed and has not left, or has no answer yet.
    Sending,
    /// A start that waits for room.
    Waiting,
    /// A start that was refused for want of room.
    NoRoom,
    /// A text from the editor that cannot be read.
    Unread,
    /// A start that has been answered, or whose answer went missing.
    Answered,
    /// The presets of a project.
    Presets,
    /// A line of text, such as a name or a reason.
    Line,
    /// The filter of a pane.
    FilterLine,
    /// The command line.
    CommandLine,
    /// The palette of commands.
    Palette,
    /// A question that is answered with yes or no.
    Question,
}

/// All of them but [`Context::Everywhere`], in the order of the help.
pub const CONTEXTS: &[Context] = &[
    Context::Panes,
    Context::Cancel,
    Context::CancelCount,
    Context::CancelName,
    Context::Rerun,
    Context::About,
    Context::Alerts,
    Context::Rules,
    Context::Timeline,
    Context::Budget,
    Context::Compare,
    Context::Journal,
    Context::Entry,
    Context::Queues,
    Context::QueueStarts,
    Context::Form,
    Context::FormOption,
    Context::FormValues,
    Context::FormPicks,
    Context::Review,
    Context::ReviewCount,
    Context::Sending,
    Context::Waiting,
    Context::NoRoom,
    Context::Unread,
    Context::Answered,
    Context::Presets,
    Context::Line,
    Context::FilterLine,
    Context::CommandLine,
    Context::Palette,
    Context::Question,
    Context::Help,
];

impl Context {
    /// Its name, in the help and in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Panes => "panes",
            Self::Everywhere => "everywhere",
            Self::Cancel => "cancel dialog",
            Self::CancelCount => "cancel dialog, several runs",
            Self::CancelName => "cancel dialog, protected project",
            Self::Rerun => "re-run of marked runs",
            Self::Help => "help",
            Self::About => "about",
            Self::Alerts => "alerts",
            Self::Rules => "rules",
            Self::Timeline => "timeline",
            Self::Budget => "budget",
            Self::Compare => "comparison",
            Self::Journal => "journal",
            Self::Entry => "journal entry",
            Self::Queues => "queues",
            Self::QueueStarts => "starts of a queue",
            Self::Form => "trigger form",
            Self::FormOption => "trigger form, option",
            Self::FormValues => "trigger form, values",
            Self::FormPicks => "trigger form, several values",
            Self::Review => "review",
            Self::ReviewCount => "review, many starts",
            Self::Sending => "start on its way",
            Self::Waiting => "start that waits",
            Self::NoRoom => "start without room",
            Self::Unread => "unreadable text",
            Self::Answered => "answered start",
            Self::Presets => "presets",
            Self::Line => "text line",
            Self::FilterLine => "filter line",
            Self::CommandLine => "command line",
            Self::Palette => "palette",
            Self::Question => "question",
        }
    }

    /// The word in the footer.
    pub(crate) fn mode(self) -> &'static str {
        match self {
            Self::Panes | Self::Everywhere => "RUNS",
            Self::Cancel | Self::CancelCount | Self::CancelName => "CANCEL",
            Self::Help => "HELP",
            Self::About => "ABOUT",
            Self::Alerts => "ALERTS",
            Self::Rules => "RULES",
            Self::Timeline => "TIMELINE",
            Self::Budget => "BUDGET",
            Self::Compare => "COMPARE",
            Self::Journal | Self::Entry => "JOURNAL",
            Self::Queues | Self::QueueStarts => "QUEUES",
            Self::Line | Self::FilterLine => "TYPE",
            Self::CommandLine | Self::Palette => "COMMAND",
            Self::Question => "CONFIRM",
            _ => "START",
        }
    }

    /// Whether a letter that is bound to nothing is typed.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::CancelCount
                | Self::CancelName
                | Self::Help
                | Self::Form
                | Self::FormOption
                | Self::FormValues
                | Self::FormPicks
                | Self::ReviewCount
                | Self::Line
                | Self::FilterLine
                | Self::CommandLine
                | Self::Palette
        )
    }
}
