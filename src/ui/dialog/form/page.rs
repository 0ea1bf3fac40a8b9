//! Where in the form one is.

use super::file::FilePage;
use super::presets::PresetPage;
use super::review::Review;
use crate::engine::model::StartId;

/// Where in the form one is.
#[derive(Debug)]
pub(super) enum Page {
    Edit,
    Presets(PresetPage),
    /// Which file of values to read.
    File(FilePage),
    /// What the editor gave back cannot be read.
    Unread {
        text: String,
        why: String,
    },
    Review(Box<Review>),
    /// Confirmed; waiting for its slot or its answer.
    Sending {
        ticket: StartId,
    },
    /// Refused, because there was no room for it: it may be sent when there is.
    NoRoom {
        ticket: StartId,
    },
    /// Waiting for room.
    Queued {
        ticket: StartId,
    },
    /// Confirmed, and its answer went missing.
    Lost {
        why: String,
    },
    /// It has been started, or there is nothing left to wait for.
    Done,
}
