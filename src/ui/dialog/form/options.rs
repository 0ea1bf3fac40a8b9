//! The rows below the inputs: cached results, the published results, a saved view.
//!
//! What excludes inputs can be set only while there are none.

use super::{Cell, Form, Server};
use crate::domain::inputs::{Conflict, Place};
use crate::ui::chord::Chord;
use crate::ui::command::{Context, Verb};

impl Form {
    /// A key for the option in focus that does not turn it.
    pub(super) fn edit_option(&mut self, chord: Chord) {
        match self.place {
            Place::View => {
                let before = self.field.text().to_owned();
                if self.draft.set_rows() > 0 && before.is_empty() {
                    self.may_exclude_inputs(Conflict::View);
                } else if self.field.press(chord) && self.field.text() != before {
                    self.store();
                }
            }
            Place::Table => self.say(self.table_keys()),
            _ => {
                let key = self.keys.key(Context::FormOption, Verb::Turn);
                self.say(format!("{key} changes it"));
            }
        }
    }

    /// What can be done with a loaded file.
    pub(super) fn table_keys(&self) -> String {
        let (out, other) = (self.key(Verb::Reset), self.key(Verb::LoadFile));
        format!("{out} takes the file out, {other} loads another")
    }

    /// Turns the option in focus.
    pub(super) fn turn_option(&mut self) {
        let options = &mut self.draft.options;
        match self.place {
            Place::CachedSql => {
                options.use_cached_sql = match options.use_cached_sql {
                    Some(false) => None,
                    None | Some(true) => Some(false),
                };
                self.dirty = true;
            }
            Place::Published if self.server == Server::Old => {
                options.update_cache = match options.update_cache {
                    None => Some(true),
                    Some(true) => Some(false),
                    Some(false) => None,
                };
                self.dirty = true;
            }
            Place::Published => {
                if options.update_published == Some(true) {
                    options.update_published = None;
                    self.dirty = true;
                } else if self.may_exclude_inputs(Conflict::Published) {
                    self.draft.options.update_published = Some(true);
                    self.dirty = true;
                }
            }
            Place::Notifications => {
                let key = self.key(Verb::EditBody);
                self.say(format!("{key} edits notifications, as JSON"));
            }
            _ => {}
        }
    }

    pub(super) fn reset_option(&mut self) {
        let options = &mut self.draft.options;
        match self.place {
            Place::CachedSql => options.use_cached_sql = None,
            Place::Published => (options.update_published, options.update_cache) = (None, None),
            Place::View => options.view = None,
            Place::Notifications => options.notifications = None,
            Place::Table => self.draft.drop_table(),
            Place::Row(_) => {}
        }
        self.dirty = true;
        self.go_to(self.place, Cell::Value);
        self.load();
    }

    pub(super) fn store_view(&mut self, text: String) {
        self.draft.options.view = (!text.is_empty()).then_some(text);
        self.dirty = true;
    }

    /// Whether what excludes inputs may be set; says why not.
    fn may_exclude_inputs(&mut self, conflict: Conflict) -> bool {
        let set = self.draft.set_rows();
        if set > 0 {
            let inputs = if set == 1 { "the input that is set" } else { "the inputs that are set" };
            let key = self.key(Verb::Reset);
            self.say(format!("{}: take out {inputs} first ({key})", conflict.reason()));
        }
        set == 0
    }

    /// What an option is called, and what it is at the moment.
    pub(super) fn option_words(&self, place: Place) -> (&'static str, String) {
        let options = &self.draft.options;
        let flag = |flag: Option<bool>, default: &str| match flag {
            None => format!("{default} (default)"),
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
        };
        match place {
            Place::CachedSql if options.use_cached_sql == Some(false) => {
                ("use cached SQL results", "no: run SQL fresh".to_owned())
            }
            Place::CachedSql => ("use cached SQL results", flag(options.use_cached_sql, "yes")),
            Place::Published if self.server == Server::Old => {
                ("update the cache", flag(options.update_cache, "no"))
            }
            Place::Published => ("update published results", flag(options.update_published, "no")),
            Place::View => ("saved view (its id)", options.view.clone().unwrap_or_default()),
            Place::Notifications | Place::Row(_) | Place::Table => {
                let list = options.notifications.as_ref().and_then(|list| list.as_array());
                let shown = match list.map_or(0, Vec::len) {
                    0 => "none".to_owned(),
                    1 => "1 entry".to_owned(),
                    many => format!("{many} entries"),
                };
                ("notifications", shown)
            }
        }
    }
}
