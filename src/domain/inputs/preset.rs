//! The values of a form, kept under a name.
//!
//! What is kept is what was typed: `yesterday` means another day each time. Secrets are left out.

use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::row::{Origin, ParamRow};
use super::spec::{ParamSpec, Source};
use super::{Cardinality, ParamKind, RunOptions};

/// The values of a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Parameters that were set.
    pub rows: Vec<PresetRow>,
    /// What else the form said.
    pub options: RunOptions,
}

/// One parameter of a preset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetRow {
    /// Its name.
    pub name: String,
    /// How its text is read.
    pub kind: ParamKind,
    /// What was typed.
    pub text: String,
    /// How many values that is.
    #[serde(default, skip_serializing_if = "Cardinality::is_one")]
    pub holds: Cardinality,
}

impl Draft {
    /// What is worth keeping of it.
    pub fn preset(&self) -> Preset {
        let kept = self.rows.iter().filter(|row| row.set && !row.spec.secret);
        let rows = kept.map(|row| PresetRow {
            name: row.spec.name.clone(),
            kind: row.kind,
            text: row.text.clone(),
            holds: row.holds,
        });
        Preset { rows: rows.collect(), options: self.options.clone() }
    }

    /// Takes the values of a preset in place of its own. Secrets stay, because no preset has them.
    pub fn load(&mut self, name: &str, preset: &Preset) {
        let named = |row: &ParamRow| preset.rows.iter().find(|kept| kept.name == row.spec.name);
        let table = self.table.clone();
        let in_file = |row: &ParamRow| {
            table.as_ref().is_some_and(|table| table.columns().contains(&row.spec.name))
        };
        self.rows
            .retain(|row| !row.is_own() || row.spec.secret || named(row).is_some() || in_file(row));
        for row in self.rows.iter_mut().filter(|row| !row.spec.secret) {
            row.clear();
        }
        for kept in &preset.rows {
            let known = self.rows.iter().position(|row| row.spec.name == kept.name);
            let at = known.unwrap_or_else(|| {
                let spec = ParamSpec::named(kept.name.clone(), Source::Earlier);
                self.rows.push(ParamRow::fresh(spec));
                self.rows.len() - 1
            });
            if let Some(row) = self.rows.get_mut(at) {
                (row.kind, row.holds) = (kept.kind, kept.holds);
                row.text.clone_from(&kept.text);
                row.set = true;
                row.origin = Origin::Preset(name.to_owned());
            }
        }
        self.options = preset.options.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_preset_keeps_words_and_leaves_secrets_out() {
        let spec = |name: &str| ParamSpec::named(name, Source::Export);
        let key = ParamSpec { secret: true, ..spec("key") };
        let mut draft = Draft::fresh(vec![spec("day"), key, spec("region")]);
        let typed = [(0, ParamKind::Date, "yesterday"), (1, ParamKind::Text, "hunter2")];
        for (row, kind, text) in typed {
            let row = &mut draft.rows[row];
            (row.kind, row.text, row.set) = (kind, text.to_owned(), true);
        }
        draft.options.use_cached_sql = Some(false);
        let preset = draft.preset();
        let kept = serde_json::to_value(&preset).unwrap();
        assert_eq!(
            kept,
            json!({
                "rows": [{"name": "day", "kind": "date", "text": "yesterday"}],
                "options": {"useCachedSqlResults": false},
            })
        );
        assert_eq!(serde_json::from_value::<Preset>(kept).unwrap(), preset);
        draft.rows[2].set = true;
        draft.rows[1].text = "other".to_owned();
        draft.load("mornings", &preset);
        let shown: Vec<_> = draft.rows.iter().map(|r| (r.text.as_str(), r.set)).collect();
        assert_eq!(shown, [("yesterday", true), ("other", true), ("", false)]);
        assert_eq!(draft.rows[0].origin, Origin::Preset("mornings".to_owned()));
        let mut empty = Draft::default();
        empty.load("mornings", &preset);
        assert_eq!(empty.preset(), preset);
    }
}
