//! What the journal says of starts and cancels, in words for panes and sheets.

use ratatui::style::Style;
use serde_json::Value;

use super::text::{safe, start};
use super::theme::Theme;
use crate::domain::inputs::MASK;
use crate::engine::model::{CancelEntry, CancelStage, Entry, Start, StartStage};

/// The word of how far a start is.
pub(crate) fn word(stage: &StartStage) -> &'static str {
    match stage {
        StartStage::Waiting => "waiting",
        StartStage::Sent => "sent",
        StartStage::Started(_) => "started",
        StartStage::Refused(_) => "refused",
        StartStage::NeverSent(_) => "not sent",
        StartStage::Withdrawn => "taken back",
        StartStage::Unconfirmed(_) => "unconfirmed",
        StartStage::ProbablyOurs(_) => "probably ours",
        StartStage::Ambiguous(_) => "ambiguous",
        StartStage::NotSeen => "not seen",
        StartStage::Unreadable { .. } => "unreadable",
    }
}

/// It with a glyph, and its colour.
pub(crate) fn stage(stage: &StartStage, theme: Theme) -> (String, Style) {
    let (glyph, style) = match stage {
        StartStage::Waiting | StartStage::Sent => (theme.glyph("◌", "o"), theme.warn()),
        StartStage::Started(_) => (theme.glyph("✓", "+"), theme.good()),
        StartStage::Refused(_) | StartStage::NeverSent(_) => (theme.glyph("✗", "x"), theme.bad()),
        StartStage::Withdrawn => (theme.glyph("■", "#"), theme.dim()),
        StartStage::ProbablyOurs(_) => (theme.glyph("≈", "~"), theme.warn()),
        StartStage::Unconfirmed(_) | StartStage::Ambiguous(_) | StartStage::Unreadable { .. } => {
            ("?", theme.warn())
        }
        StartStage::NotSeen => (theme.glyph("⊘", "%"), theme.bad()),
    };
    (format!("{glyph} {}", word(stage)), style)
}

/// The word of how far a cancel is.
pub(crate) fn cancel_word(entry: &CancelEntry) -> &'static str {
    match &entry.stage {
        _ if entry.is_kept() => "kept",
        CancelStage::Confirmed => "to cancel",
        CancelStage::Sent | CancelStage::Accepted => "cancelling",
        CancelStage::Stuck(_) => "cancel stuck",
        CancelStage::Killed => "cancelled",
        CancelStage::AlreadyEnded(_) => "had ended",
        CancelStage::Withdrawn => "not cancelled",
        CancelStage::LetGo => "cancel let go",
        CancelStage::TriedAgain => "tried again",
        CancelStage::Gone(_) => "run gone",
    }
}

/// It with a glyph, and its colour.
pub(crate) fn cancel(entry: &CancelEntry, theme: Theme) -> (String, Style) {
    let style = match entry.stage {
        CancelStage::Confirmed | CancelStage::Sent | CancelStage::Accepted => theme.warn(),
        CancelStage::Stuck(_) => theme.bad(),
        CancelStage::Killed => theme.good(),
        _ => theme.dim(),
    };
    (format!("{} {}", theme.glyph("⊗", "X"), cancel_word(entry)), style)
}

/// What must be said wherever its run is shown, if that is only probably its own.
pub(crate) fn doubt(start: &Start) -> Option<String> {
    let at = start.entry.at.strftime("%Y-%m-%d %H:%M:%SZ");
    let text = format!("probably the start you confirmed at {at}; its answer was lost");
    matches!(start.entry.stage, StartStage::ProbablyOurs(_)).then_some(text)
}

/// The inputs, with the secrets masked: `region="emea"  threshold=0.95`.
pub(crate) fn inputs(entry: &Entry) -> String {
    let told = entry.body.get("inputParams").and_then(Value::as_object);
    let told = told.into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
    let secret = entry.secrets.iter().map(|name| format!("{name}={MASK}"));
    let pairs: Vec<_> = told.chain(secret).collect();
    if pairs.is_empty() { "the app's defaults".to_owned() } else { safe(start(&pairs.join("  "))) }
}

/// What else was sent, if anything was.
pub(crate) fn options(entry: &Entry) -> Option<String> {
    let fields = entry.body.as_object()?.iter().filter(|(name, _)| *name != "inputParams");
    let pairs: Vec<_> = fields.map(|(name, value)| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| safe(start(&pairs.join("  "))))
}
