//! What two starts have sent that is not the same.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::inputs::Body;
use crate::ui::text::safe;

/// What a run was given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// Nobody knows.
    Unknown,
    /// The body without its secrets, and the names of those.
    Told(&'a Body, &'a BTreeSet<String>),
}

impl Given<'_> {
    fn names(&self) -> impl Iterator<Item = &String> {
        let body = match self {
            Self::Unknown => None,
            Self::Told(body, _) => Some(body),
        };
        body.into_iter().flat_map(|body| body.inputs.keys())
    }

    fn secrets(&self) -> impl Iterator<Item = &String> {
        let secrets = match self {
            Self::Unknown => None,
            Self::Told(_, secrets) => Some(secrets),
        };
        secrets.into_iter().flat_map(|secrets| secrets.iter())
    }

    fn value(&self, name: &str) -> String {
        match self {
            Self::Unknown => "unknown".to_owned(),
            Self::Told(_, secrets) if secrets.contains(name) => "secret".to_owned(),
            Self::Told(body, _) => body
                .inputs
                .get(name)
                .map_or("not sent".to_owned(), |value| safe(&value.to_string())),
        }
    }

    fn options(&self) -> [(&'static str, String); 5] {
        let Self::Told(body, _) = self else {
            return OPTIONS.map(|name| (name, "unknown".to_owned()));
        };
        let options = &body.options;
        let flag = |flag: Option<bool>| flag.map(Value::from);
        let values = [
            flag(options.use_cached_sql),
            flag(options.update_published),
            flag(options.update_cache),
            options.view.clone().map(Value::from),
            options.notifications.clone(),
        ];
        let shown = values.map(|value| {
            value.map_or("not sent".to_owned(), |value| match value {
                Value::Bool(true) => "yes".to_owned(),
                Value::Bool(false) => "no".to_owned(),
                value => safe(&value.to_string()),
            })
        });
        let mut named = OPTIONS.map(|name| (name, String::new()));
        for ((_, place), value) in named.iter_mut().zip(shown) {
            *place = value;
        }
        named
    }
}

/// What the form calls them.
const OPTIONS: [&str; 5] = [
    "use cached SQL results",
    "update published results",
    "update the cache",
    "saved view",
    "notifications",
];

/// A name and what it is in the one and in the other.
pub(super) type Row = (String, [String; 2]);

/// What differs, and what does not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    pub(super) inputs: Vec<Row>,
    pub(super) options: Vec<Row>,
    /// Inputs with the same value in both.
    pub(super) equal: Vec<String>,
    /// Inputs that are secret in both.
    pub(super) secret: Vec<String>,
}

impl Differences {
    pub(super) fn of(left: &Given<'_>, right: &Given<'_>) -> Self {
        let mut differences = Self::default();
        let mut names: Vec<&String> = Vec::new();
        for name in left.names().chain(right.names()).chain(left.secrets()).chain(right.secrets()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let values = [left, right].map(|given| given.value(name));
            let [a, b] = &values;
            if a != b {
                differences.inputs.push((name.clone(), values));
            } else if a == "secret" {
                differences.secret.push(name.clone());
            } else {
                differences.equal.push(name.clone());
            }
        }
        let nothing = |value: &String| value == "not sent" || value == "unknown";
        for ((name, a), (_, b)) in left.options().into_iter().zip(right.options()) {
            if a != b && !(nothing(&a) && nothing(&b)) {
                differences.options.push((name.to_owned(), [a, b]));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(inputs: &Value, more: &Value) -> Body {
        let mut body = json!({"inputParams": inputs});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        Body::of(&body).unwrap()
    }

    fn row(name: &str, a: &str, b: &str) -> Row {
        (name.to_owned(), [a.to_owned(), b.to_owned()])
    }

    #[test]
    fn what_is_the_same_is_named_and_what_is_not_has_both_values() {
        let a = body(
            &json!({"region": "emea", "n": 5, "day": "2026-10-01"}),
            &json!({"useCachedSqlResults": false}),
        );
        let b = body(
            &json!({"region": "amer", "n": "5", "day": "2026-10-01", "more": [1]}),
            &json!({"notifications": []}),
        );
        let secrets = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (of_a, of_b): (BTreeSet<_>, BTreeSet<_>) =
            (secrets(&["key"]), secrets(&["key", "pin"]));
        assert_eq!(
            Differences::of(&Given::Told(&a, &of_a), &Given::Told(&b, &of_b)),
            Differences {
                inputs: vec![
                    row("region", "\"emea\"", "\"amer\""),
                    row("n", "5", "\"5\""),
                    row("more", "not sent", "[1]"),
                    row("pin", "not sent", "secret"),
                ],
                options: vec![
                    row("use cached SQL results", "no", "not sent"),
                    row("notifications", "not sent", "[]"),
                ],
                equal: vec!["day".to_owned()],
                secret: vec!["key".to_owned()],
            }
        );
    }

    #[test]
    fn what_is_unknown_is_never_taken_for_equal() {
        let a = body(&json!({"region": "emea"}), &json!({"viewId": "v"}));
        let none = BTreeSet::new();
        let told = Given::Told(&a, &none);
        assert_eq!(
            Differences::of(&Given::Unknown, &told),
            Differences {
                inputs: vec![row("region", "unknown", "\"emea\"")],
                options: vec![row("saved view", "unknown", "\"v\"")],
                ..Differences::default()
            }
        );
        assert_eq!(Differences::of(&Given::Unknown, &Given::Unknown), Differences::default());
    }
}
