//! What the arguments order: the exact start, or every reason why it cannot be one.

use std::collections::BTreeSet;

use jiff::Zoned;
use serde_json::{Map, Value};

use crate::domain::inputs::{
    Body, Draft, DraftError, Origin, ParamRow, ParamSpec, Place, Preset, Source,
};
use crate::domain::title::plain;
use crate::domain::{ParamKind, StartRun};
use crate::ui::Server;

/// Inputs and options as they were given.
#[derive(Clone, Debug, Default)]
pub(super) struct StartArgs {
    /// Inputs as text, which is read by the input's type.
    pub(super) texts: Vec<(String, String)>,
    /// Inputs as JSON: of `--params` first, then those of `-P`.
    pub(super) values: Map<String, Value>,
    /// The preset that it begins with.
    pub(super) preset: Option<String>,
    pub(super) fresh_sql: bool,
    pub(super) update_published: bool,
    pub(super) view: Option<String>,
}

/// What an order is read by.
#[derive(Clone, Debug)]
pub(super) struct KnownInputs<'a> {
    pub(super) specs: Vec<ParamSpec>,
    pub(super) presets: Vec<(&'a String, &'a Preset)>,
    /// The start that is to be repeated: its body, and the names of the secrets that it had.
    pub(super) earlier: Option<(&'a Value, &'a BTreeSet<String>)>,
    pub(super) server: Server,
}

impl StartArgs {
    /// Whether it says anything about inputs.
    fn has_inputs(&self) -> bool {
        !self.texts.is_empty() || !self.values.is_empty() || self.preset.is_some()
    }

    /// Inputs given as text whose type is not known.
    pub(super) fn has_unknown(&self, specs: &[ParamSpec]) -> bool {
        self.texts.iter().any(|(name, _)| !specs.iter().any(|spec| is_same(&spec.name, name)))
    }

    /// Names that the app does not have, if its inputs are known.
    pub(super) fn strangers<'a>(&'a self, specs: &'a [ParamSpec]) -> Vec<&'a str> {
        let given = self.texts.iter().map(|(name, _)| name).chain(self.values.keys());
        let is_known = |name: &str| {
            specs.iter().any(|spec| {
                is_same(&spec.name, name) || spec.keys(spec.kind).iter().any(|k| k == name)
            })
        };
        given.map(String::as_str).filter(|name| !is_known(name)).collect()
    }

    /// The start that it is.
    ///
    /// # Errors
    /// A sentence for each thing that is wrong.
    pub(super) fn fill(
        &self,
        inputs: KnownInputs<'_>,
        now: &Zoned,
    ) -> Result<StartRun, Vec<String>> {
        let mut draft = Draft::fresh(inputs.specs);
        if let Some((body, secrets)) = inputs.earlier {
            let body = Body::of(body).map_err(|(_, reason)| vec![reason])?;
            draft.repeat(&body, secrets, &Origin::Earlier, now);
        }
        if let Some(name) = &self.preset {
            let found = inputs.presets.iter().find(|(known, _)| is_same(known, name));
            let Some((_, preset)) = found else {
                let known: Vec<_> = inputs.presets.iter().map(|(name, _)| name.as_str()).collect();
                return Err(vec![no_preset(name, &known)]);
            };
            draft.load(name, preset);
        }
        for (name, value) in &self.values {
            row(&mut draft, name).take(value, Origin::Typed, now);
        }
        for (name, text) in &self.texts {
            let row = row(&mut draft, name);
            row.kind = row.spec.kind;
            (row.text, row.set, row.origin) = (text.clone(), true, Origin::Typed);
        }
        self.choose(&mut draft, inputs.server).map_err(|reason| vec![reason])?;
        let errors = match draft.finish(now) {
            Ok(start) => return Ok(start),
            Err(errors) => errors,
        };
        let words = |error: &DraftError| match error.place {
            Place::Row(index) => {
                draft.rows.get(index).map_or_else(String::new, |row| explain(row, error))
            }
            Place::View => format!("--view: {}", error.reason),
            Place::Published => format!("--update-published: {}", error.reason),
            Place::CachedSql | Place::Notifications | Place::Table => error.reason.clone(),
        };
        Err(errors.iter().map(words).collect())
    }

    /// Takes the options over.
    fn choose(&self, draft: &mut Draft, server: Server) -> Result<(), String> {
        let options = &mut draft.options;
        if let Some(view) = &self.view {
            options.view = Some(view.clone());
        }
        match (server, self.fresh_sql, self.update_published) {
            (_, false, false) => {}
            (Server::Current, fresh, publish) => {
                options.use_cached_sql = fresh.then_some(false).or(options.use_cached_sql);
                options.update_published = publish.then_some(true).or(options.update_published);
            }
            (Server::Old, true, true) => options.update_cache = Some(true),
            (Server::Old, ..) => {
                return Err("the settings say that this server knows only both together \
                            (old_server = true): give --fresh-sql and --update-published"
                    .to_owned());
            }
        }
        // What the settings put into every start gives way to an option that excludes inputs.
        if draft.excludes_inputs().is_some() && !self.has_inputs() {
            draft
                .rows
                .iter_mut()
                .filter(|row| row.origin == Origin::Config)
                .for_each(ParamRow::clear);
        }
        Ok(())
    }
}

/// Whether two names are the same, in whatever normal form they are written.
fn is_same(one: &str, other: &str) -> bool {
    one == other || plain(one) == plain(other)
}

/// What is wrong with an input, and what to type on the command line: the form's own words name its
/// keys.
fn explain(row: &ParamRow, error: &DraftError) -> String {
    let (name, text) = (&row.spec.name, row.text.trim());
    match row.kind {
        _ if row.origin == Origin::Lost => {
            format!("{name}: secret, so it was not kept: give it with -p {name}=…")
        }
        _ if row.spec.secret && text.is_empty() => {
            format!("{name}: a secret without a value: give it with -p {name}=… or leave it out")
        }
        ParamKind::Checkbox if !["true", "false"].contains(&text) => format!(
            "{name}: `{text}` is neither true nor false: give -p {name}=true or -p {name}=false"
        ),
        ParamKind::Null if !["", "null"].contains(&text) => {
            format!("{name}: takes null and nothing else: give -P {name}=null or leave it out")
        }
        _ => format!("{name}: {}", error.reason),
    }
}

fn row<'a>(draft: &'a mut Draft, name: &str) -> &'a mut ParamRow {
    let is_it = |row: &ParamRow| is_same(&row.spec.name, name);
    let at = draft.rows.iter().position(is_it).unwrap_or(draft.rows.len());
    if at == draft.rows.len() {
        draft.rows.push(ParamRow::fresh(ParamSpec::named(name, Source::Added)));
    }
    // It is there now.
    #[allow(clippy::indexing_slicing, reason = "the index was found or just made")]
    &mut draft.rows[at]
}

fn no_preset(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return format!(
            "there is no preset {name:?}: the project has none, ctrl-o in its form saves one"
        );
    }
    format!("there is no preset {name:?}: the project has {}", known.join(", "))
}

#[cfg(test)]
mod tests;
