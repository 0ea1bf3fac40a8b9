//! The screens over the panes; each is a [`Layer`](super::layer::Layer).

mod about;
mod alerts;
mod budget;
mod cancel;
mod cancel_again;
mod command_line;
mod compare;
mod filter_line;
mod form;
mod help;
mod journal;
mod manual;
mod palette;
mod queues;
mod rerun;
mod rules;
mod timeline;

pub(crate) use about::About;
pub(crate) use alerts::AlertList;
pub(crate) use budget::BudgetPanel;
pub(crate) use cancel::CancelDialog;
#[cfg(test)]
pub(crate) use cancel::plan_words;
pub(crate) use command_line::CommandLine;
pub(crate) use compare::Compare;
pub(crate) use filter_line::FilterLine;
pub use form::Server;
pub(crate) use form::{Again, Form};
pub(crate) use help::help;
pub(crate) use journal::JournalPane;
pub(crate) use palette::Palette;
pub(crate) use queues::QueuePanel;
pub(crate) use rerun::RerunDialog;
pub(crate) use rules::RuleList;
pub(crate) use timeline::Timeline;
