//! What the arguments order: the exact start, or every reason why it cannot be one.

use std::collections::BTreeSet;

use jiff::Zoned;
use serde_json::{Map, Value};

use crate::domain::StartRun;
use crate::domain::param::{
    Body, Draft, DraftError, Origin, ParamRow, ParamSpec, Place, Preset, Source,
};
use crate::ui::Server;

/// Inputs and options as they were given.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
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
pub(super) struct Lore<'a> {
    pub(super) specs: Vec<ParamSpec>,
    pub(super) presets: Vec<(&'a String, &'a Preset)>,
    /// The start that is to be repeated: its body, and the names of the secrets that it had.
    pub(super) earlier: Option<(&'a Value, &'a BTreeSet<String>)>,
    pub(super) server: Server,
}

impl Order {
    /// Whether it says anything about inputs.
    fn has_inputs(&self) -> bool {
        !self.texts.is_empty() || !self.values.is_empty() || self.preset.is_some()
    }

    /// Inputs given as text whose type is not known.
    pub(super) fn has_unknown(&self, specs: &[ParamSpec]) -> bool {
        self.texts.iter().any(|(name, _)| !specs.iter().any(|spec| spec.name == *name))
    }

    /// Names that the app does not have, if its inputs are known.
    pub(super) fn strangers<'a>(&'a self, specs: &'a [ParamSpec]) -> Vec<&'a str> {
        let given = self.texts.iter().map(|(name, _)| name).chain(self.values.keys());
        let is_known = |name: &str| {
            specs
                .iter()
                .any(|spec| spec.name == name || spec.keys(spec.kind).iter().any(|k| k == name))
        };
        given.map(String::as_str).filter(|name| !is_known(name)).collect()
    }

    /// The start that it is.
    ///
    /// # Errors
    /// A sentence for each thing that is wrong.
    pub(super) fn fill(&self, lore: Lore<'_>, now: &Zoned) -> Result<StartRun, Vec<String>> {
        let mut draft = Draft::fresh(lore.specs);
        if let Some((body, secrets)) = lore.earlier {
            let body = Body::of(body).map_err(|(_, reason)| vec![reason])?;
            draft.repeat(&body, secrets, &Origin::Earlier, now);
        }
        if let Some(name) = &self.preset {
            let found = lore.presets.iter().find(|(known, _)| *known == name);
            let Some((_, preset)) = found else {
                let known: Vec<_> = lore.presets.iter().map(|(name, _)| name.as_str()).collect();
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
        self.choose(&mut draft, lore.server).map_err(|reason| vec![reason])?;
        let errors = match draft.finish(now) {
            Ok(start) => return Ok(start),
            Err(errors) => errors,
        };
        let words = |error: &DraftError| match error.place {
            Place::Row(index) => draft.rows.get(index).map_or_else(String::new, |row| {
                let name = &row.spec.name;
                match row.origin {
                    Origin::Lost => {
                        format!("{name}: secret, so it was not kept: give it with -p {name}=…")
                    }
                    _ => format!("{name}: {}", error.reason),
                }
            }),
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

fn row<'a>(draft: &'a mut Draft, name: &str) -> &'a mut ParamRow {
    let at = draft.rows.iter().position(|row| row.spec.name == name).unwrap_or(draft.rows.len());
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
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ParamKind;
    use crate::domain::param::{Holds, PresetRow};

    fn now() -> Zoned {
        "2026-11-24T10:00:00[UTC]".parse().unwrap()
    }

    fn spec(name: &str, kind: ParamKind) -> ParamSpec {
        ParamSpec { kind, ..ParamSpec::named(name, Source::Export) }
    }

    fn specs() -> Vec<ParamSpec> {
        vec![
            spec("day", ParamKind::Date),
            spec("threshold", ParamKind::Number),
            spec("span", ParamKind::DateRange),
            ParamSpec { secret: true, ..spec("key", ParamKind::Text) },
        ]
    }

    fn order(texts: &[(&str, &str)]) -> Order {
        let texts = texts.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        Order { texts, ..Order::default() }
    }

    fn fill(order: &Order) -> Result<Value, Vec<String>> {
        let lore =
            Lore { specs: specs(), presets: Vec::new(), earlier: None, server: Server::Current };
        order.fill(lore, &now()).map(|start| start.body())
    }

    #[test]
    fn text_is_read_by_the_inputs_type_and_stays_text_where_that_is_unknown() {
        let given = order(&[("day", "yesterday"), ("threshold", "0.5"), ("zip", "0123")]);
        let expected =
            json!({"inputParams": {"day": "2026-11-23", "threshold": 0.5, "zip": "0123"}});
        assert_eq!(fill(&given), Ok(expected));
        let range = order(&[("span", "-1d..today")]);
        let expected =
            json!({"inputParams": {"span_start": "2026-11-23", "span_end": "2026-11-24"}});
        assert_eq!(fill(&range), Ok(expected));
        assert_eq!(given.strangers(&specs()), ["zip"]);
        assert!(given.has_unknown(&specs()) && !range.has_unknown(&specs()));
        assert_eq!(fill(&Order::default()), Ok(json!({})), "nothing given is nothing sent");
    }

    #[test]
    fn json_is_sent_as_it_is_and_later_words_go_over_earlier_ones() {
        let mut given = order(&[("threshold", "3")]);
        given.values = json!({"threshold": "high", "list": [1, null]}).as_object().unwrap().clone();
        let expected = json!({"inputParams": {"threshold": 3, "list": [1, null]}});
        assert_eq!(fill(&given), Ok(expected));
    }

    #[test]
    fn every_mistake_is_named_with_its_input() {
        let mistakes = fill(&order(&[("day", "soon"), ("threshold", "high")])).unwrap_err();
        assert!(mistakes[0].starts_with("day: no date"), "{mistakes:?}");
        assert!(mistakes[1].starts_with("threshold: "), "{mistakes:?}");
        let view = Order { view: Some("v".to_owned()), ..order(&[("day", "today")]) };
        assert!(fill(&view).unwrap_err()[0].starts_with("--view: a saved view brings"));
        let publish = Order { update_published: true, ..order(&[("day", "today")]) };
        assert!(fill(&publish).unwrap_err()[0].starts_with("--update-published: "));
    }

    #[test]
    fn options_are_sent_as_the_server_knows_them() {
        let both = Order { fresh_sql: true, update_published: true, ..Order::default() };
        let expected = json!({"updatePublishedResults": true, "useCachedSqlResults": false});
        assert_eq!(fill(&both), Ok(expected));
        let old = |order: &Order| {
            let (specs, presets) = (specs(), Vec::new());
            let lore = Lore { specs, presets, earlier: None, server: Server::Old };
            order.fill(lore, &now()).map(|start| start.body())
        };
        assert_eq!(old(&both), Ok(json!({"updateCache": true})));
        let one = Order { fresh_sql: true, ..Order::default() };
        assert!(old(&one).unwrap_err()[0].contains("both together"));
        let preset = Some(json!("x"));
        let always = ParamSpec { preset, ..ParamSpec::named("always", Source::Config) };
        let lore =
            Lore { specs: vec![always], presets: vec![], earlier: None, server: Server::Current };
        let body = both.fill(lore, &now()).unwrap().body();
        assert_eq!(body.get("inputParams"), None, "the settings' inputs give way");
    }

    #[test]
    fn a_preset_is_found_by_its_name_or_the_others_are_named() {
        let rows = vec![PresetRow {
            name: "day".to_owned(),
            kind: ParamKind::Date,
            text: "yesterday".to_owned(),
            holds: Holds::One,
        }];
        let (name, preset) = ("morning".to_owned(), Preset { rows, ..Preset::default() });
        let with = |order: &Order| {
            let presets = vec![(&name, &preset)];
            let lore = Lore { specs: specs(), presets, earlier: None, server: Server::Current };
            order.fill(lore, &now()).map(|start| start.body())
        };
        let mut given = Order { preset: Some("morning".to_owned()), ..Order::default() };
        assert_eq!(with(&given), Ok(json!({"inputParams": {"day": "2026-11-23"}})));
        given.texts = vec![("day".to_owned(), "today".to_owned())];
        assert_eq!(with(&given), Ok(json!({"inputParams": {"day": "2026-11-24"}})));
        given.texts.clear();
        let mut sweep = preset.clone();
        (sweep.rows[0].text, sweep.rows[0].holds) = ("-2d..today".to_owned(), Holds::Several);
        let presets = vec![(&name, &sweep)];
        let lore = Lore { specs: specs(), presets, earlier: None, server: Server::Current };
        let refused = given.fill(lore, &now()).unwrap_err();
        assert!(refused[0].contains("a sweep of 3 starts"), "{refused:?}");
        given.preset = Some("evening".to_owned());
        assert!(with(&given).unwrap_err()[0].contains("the project has morning"));
    }

    #[test]
    fn a_start_is_repeated_with_changes_but_its_secrets_must_be_given_again() {
        let body = json!({"inputParams": {"threshold": 1, "day": "2026-01-01"}, "useCachedSqlResults": false});
        let secrets = BTreeSet::from(["key".to_owned()]);
        let again = |order: &Order| {
            let earlier = Some((&body, &secrets));
            let lore = Lore { specs: specs(), presets: vec![], earlier, server: Server::Current };
            order.fill(lore, &now())
        };
        let refused = again(&order(&[("threshold", "2")])).unwrap_err();
        assert!(refused[0].contains("-p key="), "{refused:?}");
        let start = again(&order(&[("threshold", "2"), ("key", "hunter2")])).unwrap();
        assert_eq!(
            start.body(),
            json!({
                "inputParams": {"day": "2026-01-01", "threshold": 2, "key": "hunter2"},
                "useCachedSqlResults": false,
            })
        );
        assert!(start.secrets().contains("key"));
    }
}
