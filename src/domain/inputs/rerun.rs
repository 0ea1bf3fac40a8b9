//! A draft that repeats an earlier start.
//!
//! What was secret then was kept nowhere. Its rows are empty and cannot be sent until a person has
//! given the value again or has left it out, so that no run goes without it unnoticed.

use std::collections::BTreeSet;

use jiff::Zoned;

use super::body::Body;
use super::draft::Draft;
use super::row::{Origin, ParamRow};
use super::spec::{ParamSpec, Source};

impl Draft {
    /// Takes what an earlier start has sent: its `body`, as it was kept, and the names of the
    /// inputs that were secret.
    pub fn repeat(
        &mut self,
        body: &Body,
        secrets: &BTreeSet<String>,
        origin: &Origin,
        now: &Zoned,
    ) {
        self.take(body, origin, now);
        let mut lost = secrets.clone();
        for row in &mut self.rows {
            let keys = row.spec.keys(row.spec.kind);
            if keys.iter().filter(|key| lost.remove(*key)).count() > 0 {
                row.lose();
            }
        }
        for name in lost {
            let mut row = ParamRow::fresh(ParamSpec::named(name, Source::Earlier));
            row.lose();
            self.rows.push(row);
        }
    }

    /// Rows that want a value again.
    pub fn lost_rows(&self) -> usize {
        self.rows.iter().filter(|row| row.origin == Origin::Lost).count()
    }
}

impl ParamRow {
    /// It had a value, which was kept nowhere.
    fn lose(&mut self) {
        self.clear();
        (self.set, self.origin, self.spec.secret) = (true, Origin::Lost, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ParamKind;
    use serde_json::json;

    fn now() -> Zoned {
        "2026-11-24T10:00:00[UTC]".parse().unwrap()
    }

    /// A draft that repeats a start with two secrets, of which only one is known as an input.
    fn repeated() -> Draft {
        let spec = |name: &str| ParamSpec::named(name, Source::Export);
        let key = ParamSpec { secret: true, preset: Some("of the settings".into()), ..spec("key") };
        let mut draft = Draft::fresh(vec![spec("region"), key, spec("note")]);
        let body = Body::of(&json!({
            "inputParams": {"region": "emea"}, "useCachedSqlResults": false,
        }));
        let secrets = ["key", "pin"].map(str::to_owned).into();
        draft.repeat(&body.unwrap(), &secrets, &Origin::Run("a0d4c6f2".to_owned()), &now());
        draft
    }

    #[test]
    fn values_and_options_are_taken_and_secrets_are_wanted_again() {
        let draft = repeated();
        let rows: Vec<_> = draft
            .rows
            .iter()
            .map(|r| (r.spec.name.as_str(), r.text.as_str(), r.set, r.spec.secret, r.origin.word()))
            .collect();
        assert_eq!(
            rows,
            [
                ("region", "emea", true, false, "a0d4c6f2"),
                ("key", "", true, true, "not kept"),
                ("note", "", false, false, "default"),
                ("pin", "", true, true, "not kept"),
            ]
        );
        assert_eq!((draft.options.use_cached_sql, draft.lost_rows()), (Some(false), 2));
        let errors = draft.finish(&now()).unwrap_err();
        assert_eq!(errors.len(), 2);
        assert!(errors.iter().all(|error| error.reason.contains("reset it")), "{errors:?}");
    }

    #[test]
    fn a_lost_secret_is_sent_only_when_typed_and_left_out_only_when_reset() {
        let mut draft = repeated();
        (draft.rows[1].text, draft.rows[1].origin) = ("hunter2".to_owned(), Origin::Typed);
        draft.rows.pop();
        let start = draft.finish(&now()).unwrap();
        assert_eq!(start.body()["inputParams"], json!({"region": "emea", "key": "hunter2"}));
        assert_eq!(start.kept_body()["inputParams"], json!({"region": "emea"}));
        // Typed and taken out again, it is still not sent as nothing.
        draft.rows[1].text.clear();
        assert!(draft.finish(&now()).is_err());
        draft.rows[1].reset();
        let start = draft.finish(&now()).unwrap();
        assert_eq!(start.body()["inputParams"]["key"], "of the settings");
        (draft.rows[1].kind, draft.rows[1].text) = (ParamKind::Null, String::new());
        assert!(draft.finish(&now()).is_ok(), "null is a value that a person has chosen");
    }

    #[test]
    fn the_mask_that_an_editor_gives_back_is_not_the_value() {
        let mut draft = repeated();
        let text = draft.to_json(&now());
        assert!(text.contains("••••••"), "{text}");
        draft.rewrite(&Body::parse(&text).unwrap(), &now());
        assert_eq!(draft.lost_rows(), 2);
        assert!(draft.finish(&now()).is_err());
        let given = text.replace("••••••", "given");
        draft.rewrite(&Body::parse(&given).unwrap(), &now());
        let body = draft.finish(&now()).unwrap().body();
        assert_eq!(body["inputParams"], json!({"region": "emea", "key": "given", "pin": "given"}));
    }
}
