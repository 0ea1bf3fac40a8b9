//! What the form hears: answers of Hex, the text from the editor, and which inputs there are.
//!
//! None of it touches what a person has typed, unless the person has asked for it.

use super::review::Check;
use super::{Cell, Editing, Form, InputNews, Page, ProjectInputs};
use crate::api::ApiError;
use crate::domain::inputs::{Body, ParamRow, ParamSpec, Place};
use crate::engine::Intent;
use crate::engine::model::{StartId, StartStage, Verdict};
use crate::ui::layer::Cx;

impl Form {
    /// Takes in how its start went on, and shows that to the person.
    /// `waits`: whether the cancel that it comes after may still end its run.
    pub(super) fn hear_stage(&mut self, stage: &StartStage, waits: bool) {
        match stage {
            StartStage::Refused(error) => {
                self.take_refusal(error);
                self.page = match self.ticket().filter(|_| stage.wants_room()) {
                    Some(ticket) => Page::NoRoom { ticket },
                    None => Page::Edit,
                };
                self.go_to_refused();
            }
            StartStage::NeverSent(_) | StartStage::Unreadable { .. } => {
                self.refused.clear();
                self.refusal = stage.why();
                self.page = Page::Edit;
                if self.after.take_if(|_| !waits).is_some() {
                    let why = self.refusal.take().unwrap_or_default();
                    self.refusal = Some(format!("{why}. What is started now waits for no cancel"));
                }
            }
            StartStage::Withdrawn => self.page = Page::Edit,
            StartStage::Unconfirmed(error) => self.page = Page::Lost { why: error.to_string() },
            StartStage::Waiting | StartStage::Sent => {}
            _ => self.page = Page::Done,
        }
    }

    /// Takes in what its dry run came to. The page stays: what Hex would refuse stands on it, and
    /// on the fields behind it.
    pub(super) fn hear_check(&mut self, ticket: StartId, verdict: &Verdict) {
        let Page::Review(review) = &mut self.page else { return };
        let Check::Waiting(tickets) = &mut review.check else { return };
        if !tickets.contains(&ticket) {
            return;
        }
        tickets.retain(|waiting| *waiting != ticket);
        match verdict {
            Verdict::Good if tickets.is_empty() => review.check = Check::Good,
            Verdict::Good => {}
            Verdict::Bad(error) => {
                review.check = Check::Bad(words(error));
                if matches!(error, ApiError::Rejected { .. }) {
                    self.take_refusal(error);
                }
            }
        }
    }

    fn take_refusal(&mut self, error: &ApiError) {
        self.refused.clear();
        self.refusal = Some(words(error));
        let ApiError::Rejected { params, .. } = error else { return };
        for misfit in &params.invalid {
            self.refused.push((misfit.name.clone(), format!("must be {}", misfit.wanted())));
        }
        for name in &params.not_found {
            self.refused.push((name.clone(), "the project has no such input".to_owned()));
        }
        for issue in &params.issues {
            if let Some(name) =
                self.draft.rows.iter().filter(|row| row.set).find_map(|row| named(issue, row))
            {
                self.refused.push((name, issue.clone()));
            }
        }
    }

    pub(super) fn go_to_refused(&mut self) {
        let first = (0..self.draft.rows.len()).find(|row| self.error_of(*row).is_some());
        if let Some(row) = first {
            self.go_to(Place::Row(row), Cell::Value);
        }
    }

    /// Takes in which inputs there are. While nothing was edited the form shows them at once;
    /// afterwards only if the person has asked.
    pub(super) fn learn(&mut self, inputs: ProjectInputs) {
        self.inputs = inputs;
        if self.news == InputNews::Asked {
            self.merge();
        } else if self.dirty || !matches!(self.page, Page::Edit) {
            let known = |spec: &ParamSpec| self.draft.rows.iter().any(|row| row.spec == *spec);
            if !self.inputs.specs.iter().all(known) {
                self.news = InputNews::Here;
            }
        } else {
            let (place, cell, row) =
                (self.place, self.cell, self.row().map(|row| row.spec.name.clone()));
            let had_rows = !self.draft.rows.is_empty();
            self.begin();
            let same = self.draft.rows.iter().position(|r| Some(&r.spec.name) == row.as_ref());
            match (same, row) {
                (Some(at), _) => self.go_to(Place::Row(at), cell),
                (None, None) if had_rows => self.go_to(place, cell),
                _ => {}
            }
        }
    }

    /// A person wants to know which inputs there are.
    pub(super) fn want_inputs(&mut self, cx: &mut Cx<'_>) {
        if self.news == InputNews::Here {
            return self.merge();
        }
        self.news = InputNews::Asked;
        cx.intend(Intent::ReadInputs { project: self.project.clone(), insist: true });
    }

    /// What is known now beside what was typed: new inputs come last, values stay.
    fn merge(&mut self) {
        self.news = InputNews::None;
        let before = self.draft.rows.len();
        for spec in self.inputs.specs.clone() {
            match self.draft.rows.iter_mut().find(|row| row.spec.name == spec.name) {
                Some(row) => {
                    if !row.set {
                        row.kind = spec.kind;
                    }
                    // What was sent as a secret stays one, whatever is known of it.
                    let secret = row.spec.secret || spec.secret;
                    row.spec = ParamSpec { secret, ..spec };
                }
                None => self.draft.rows.push(ParamRow::fresh(spec)),
            }
        }
        let new = self.draft.rows.len() - before;
        self.say(format!(
            "the app's inputs are read: {}",
            crate::ui::text::count(new, "new input")
        ));
    }

    /// Takes in what the editor gave back.
    pub(super) fn edited(&mut self, result: Result<String, String>) {
        let editing = self.editing.take();
        let text = match (result, editing.as_ref()) {
            (Err(reason), _) => return self.say(reason),
            (Ok(_), None) => return,
            (Ok(text), Some(_)) => text,
        };
        match editing {
            Some(Editing::Body(given))
                if text.trim_end() == given.trim_end() && Body::parse(&text).is_ok() =>
            {
                self.say("the editor changed nothing");
            }
            Some(Editing::Body(_)) => {
                match Body::parse(&text).map_err(|e| e.to_string()).and_then(|body| self.fits(body))
                {
                    Ok(body) => {
                        self.draft.rewrite(&body, &self.now);
                        (self.dirty, self.checked) = (true, true);
                        self.refused.clear();
                        self.go_to(self.place, Cell::Value);
                        self.say("taken over from the editor");
                    }
                    Err(why) => self.page = Page::Unread { text, why },
                }
            }
            Some(Editing::Value) => {
                // Editors end a file with a line break that nobody has typed.
                let value = text.strip_suffix('\n').unwrap_or(&text);
                let value = value.strip_suffix('\r').unwrap_or(value);
                if value != self.field.text() {
                    self.field.replace(value);
                    self.store();
                }
            }
            None => {}
        }
    }

    /// Whether a body can be sent to a server like this, and combines nothing that excludes each
    /// other.
    pub(super) fn fits(&self, body: Body) -> Result<Body, String> {
        let options = &body.options;
        let newer = options.update_published.is_some() || options.use_cached_sql.is_some();
        match self.server {
            super::Server::Current if options.update_cache.is_some() => {
                return Err("`updateCache` is deprecated: write `updatePublishedResults` and \
                            `useCachedSqlResults`"
                    .to_owned());
            }
            super::Server::Old if newer => {
                return Err("the settings say that this server knows only `updateCache` \
                            (old_server = true)"
                    .to_owned());
            }
            _ => {}
        }
        let conflict = body.clone().into_start().err();
        conflict.map_or(Ok(body), |conflict| {
            Err(format!("{}: take one of them out", conflict.reason()))
        })
    }

    /// What stands under a row, if anything is wrong with it.
    pub(super) fn error_of(&self, index: usize) -> Option<String> {
        let row = self.draft.rows.get(index)?;
        let untouched = row.spec.name.is_empty() && row.text.is_empty();
        let keys = row.spec.keys(row.kind);
        let refused =
            || self.refused.iter().find(|(name, _)| keys.contains(name) || *name == row.spec.name);
        let own = self.draft.check(index, &self.now);
        let in_file = self.draft.table_of(row).is_some();
        let own = own.filter(|_| self.checked || in_file || (row.set && !untouched));
        own.or_else(|| refused().filter(|_| row.set).map(|(_, reason)| format!("Hex: {reason}")))
    }
}

/// What an error says to a person at the form.
fn words(error: &ApiError) -> String {
    match error {
        ApiError::RateLimited => {
            "Hex takes no more starts at the moment (429): no run was created".to_owned()
        }
        error => error.to_string(),
    }
}

/// The key of a row that a sentence of Hex is about.
fn named(issue: &str, row: &ParamRow) -> Option<String> {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mentions = |key: &String| {
        !key.is_empty()
            && issue.match_indices(key.as_str()).any(|(at, _)| {
                let before = issue.get(..at).and_then(|text| text.chars().next_back());
                let after = issue.get(at + key.len()..).and_then(|text| text.chars().next());
                !is_letter(before) && !is_letter(after)
            })
    };
    row.spec.keys(row.kind).into_iter().find(mentions)
}
