//! The journal and the rest of the screen: what a person wants of entries is carried out.

use super::chord::Chord;
use super::dialog::{Format, JournalPane, JournalWish};
use super::{Effect, Overlay, State, started};
use crate::domain::Now;
use crate::engine::Intent;
use crate::engine::model::{CancelEntry, StartId, StartStage};
use crate::engine::queries::journal_rows::JournalRowId;
use crate::engine::start::export::{csv_of, json_lines_of};

impl State {
    pub(super) fn press_journal(
        &mut self,
        mut pane: Box<JournalPane>,
        chord: Chord,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.notice = None;
        let wish = pane.press(chord, JournalPane::height(self.size), &self.model);
        self.overlay = match wish {
            JournalWish::Close => None,
            JournalWish::Rerun(ticket) => {
                if self.rerun_start(ticket, now, effects) {
                    self.behind = Some(pane);
                    return;
                }
                Some(Overlay::Journal(pane))
            }
            _ => Some(Overlay::Journal(pane)),
        };
        match wish {
            JournalWish::Stay | JournalWish::Close | JournalWish::Rerun(_) => {}
            JournalWish::Annotate(ticket, reason) => self.annotate(ticket, reason, now, effects),
            JournalWish::Open(ticket) => {
                let url = self.run_of_start(ticket).and_then(|seen| seen.run.url.clone());
                self.open_address(url, now, effects);
            }
            JournalWish::Copy(ticket) => {
                let run = self.model.start_of(ticket).and_then(|start| start.entry.stage.run());
                let (what, id) = match run {
                    Some(run) => ("run id", run.to_string()),
                    None => ("id of this entry", ticket.to_string()),
                };
                self.inform(format!("copied the {what} {id}"), now);
                effects.push(Effect::Copy(id));
            }
            JournalWish::OnlyForStarts => {
                let text = "this entry is a cancel: that key is for starts";
                self.warn(text.to_owned(), now);
            }
            JournalWish::OpenCancelled(id) => {
                let run = self.model.cancel_entry(id).map(|entry| (&entry.project, &entry.run));
                let seen = run.and_then(|(project, run)| self.model.run(project, run));
                self.open_address(seen.and_then(|seen| seen.run.url.clone()), now, effects);
            }
            JournalWish::CopyCancelled(id) => {
                let Some(entry) = self.model.cancel_entry(id) else { return };
                let run = entry.run.to_string();
                self.inform(format!("copied the run id {run}"), now);
                effects.push(Effect::Copy(run));
            }
            JournalWish::LetGo(id) => {
                let Some(entry) = self.model.cancel_entry(id) else { return };
                let (run, is_own) = (entry.run.clone(), entry.by == self.model.session());
                if !is_own || !entry.stage.is_open() {
                    let text = "only a cancel that is open in this hextop can be let go";
                    return self.warn(text.to_owned(), now);
                }
                self.let_go_of(vec![run], now, effects);
            }
            JournalWish::TakeBack(ticket) => self.take_back(ticket, now, effects),
            JournalWish::Wait(ticket) => self.wait_for_room(ticket, now, effects),
            JournalWish::Export(format, rows) => self.export(format, &rows, now, effects),
        }
    }

    fn run_of_start(&self, ticket: StartId) -> Option<&crate::engine::model::RunState> {
        let entry = &self.model.start_of(ticket)?.entry;
        self.model.run(&entry.project, entry.stage.run()?)
    }

    /// Writes down why something was started. While another process may still write of it, that
    /// could be written over.
    fn annotate(
        &mut self,
        ticket: StartId,
        reason: Option<String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(start) = self.model.start_of(ticket) else { return };
        if start.entry.by != self.model.session() && start.is_open() {
            let text = "another hextop is still busy with this: write the reason there, or later";
            return self.warn(text.to_owned(), now);
        }
        let text = if reason.is_some() { "the reason is kept" } else { "the reason is taken out" };
        self.inform(text.to_owned(), now);
        self.intend(Intent::Annotate { ticket, reason }, now, effects);
    }

    fn take_back(&mut self, ticket: StartId, now: Now, effects: &mut Vec<Effect>) {
        let Some(start) = self.model.start_of(ticket) else { return };
        let text = match (&start.entry.stage, start.entry.by == self.model.session()) {
            (StartStage::Waiting, true) => {
                return self.intend(Intent::WithdrawStart(ticket), now, effects);
            }
            (StartStage::Waiting, false) => {
                "another hextop is to send this: it can be taken back only there".to_owned()
            }
            (stage, _) => format!(
                "only what has not left can be taken back; this is {}. A run is cancelled with X \
                 among the runs",
                started::word(stage)
            ),
        };
        self.warn(text, now);
    }

    /// Lets a start leave that Hex has refused for want of room, once there is some.
    fn wait_for_room(&mut self, ticket: StartId, now: Now, effects: &mut Vec<Effect>) {
        let Some(start) = self.model.start_of(ticket) else { return };
        if !start.entry.stage.wants_room() || start.entry.by != self.model.session() {
            let text = "only a start that Hex refused to this hextop for want of room can wait for \
                        some: T starts this again";
            return self.warn(text.to_owned(), now);
        }
        self.inform("it is sent when there is room; X takes it back".to_owned(), now);
        self.intend(Intent::Requeue(ticket), now, effects);
    }

    fn export(
        &mut self,
        format: Format,
        rows: &[JournalRowId],
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if rows.is_empty() {
            return self.warn("there is no entry to export".to_owned(), now);
        }
        let entries = rows.iter().filter_map(|row| match row {
            JournalRowId::Start(id) => self.model.start_of(*id).map(|start| start.entry.json()),
            JournalRowId::Cancel(id) => self.model.cancel_entry(*id).map(CancelEntry::json),
        });
        let (text, ending) = match format {
            Format::JsonLines => (json_lines_of(entries), "jsonl"),
            Format::Csv => (csv_of(entries), "csv"),
        };
        let at = now.wall.strftime("%Y%m%d-%H%M%SZ");
        let name = format!("hextop-journal-{at}.{ending}");
        let what = if rows.len() == 1 { "entry" } else { "entries" };
        self.inform(format!("exporting {} {what}…", rows.len()), now);
        effects.push(Effect::Save { name, text });
    }

    /// The file that was asked for is there, or could not be written.
    pub(super) fn saved(&mut self, result: Result<String, String>, now: Now) {
        match result {
            Ok(path) => self.inform(format!("exported to {path}"), now),
            Err(reason) => self.warn(reason, now),
        }
    }

    /// The open journal follows the model.
    pub(super) fn refresh_journal(&mut self) {
        let height = JournalPane::height(self.size);
        if let Some(Overlay::Journal(pane)) = &mut self.overlay {
            pane.refresh(&self.model, height);
        }
    }
}
