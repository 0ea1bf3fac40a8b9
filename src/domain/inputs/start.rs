//! A start that may be sent, and the JSON that it is.
//!
//! Its body is what the review shows and what leaves, byte for byte. What is secret is in the
//! body and nowhere else: not in what is shown, and not in what a log prints.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Stands for a secret wherever a person or a log could see it.
pub const MASK: &str = "••••••";

/// What a start says besides its inputs. What is none is left out, so that Hex's default holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunOptions {
    /// Whether SQL cells may use cached results.
    #[serde(rename = "useCachedSqlResults", skip_serializing_if = "Option::is_none")]
    pub use_cached_sql: Option<bool>,
    /// Whether the published app shows this run's results afterwards.
    #[serde(rename = "updatePublishedResults", skip_serializing_if = "Option::is_none")]
    pub update_published: Option<bool>,
    /// Both of the above at once, for servers that know nothing else.
    #[serde(rename = "updateCache", skip_serializing_if = "Option::is_none")]
    pub update_cache: Option<bool>,
    /// The saved view whose inputs are used.
    #[serde(rename = "viewId", skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// Whom to tell of the end, as Hex takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<Value>,
}

/// What inputs cannot be combined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A saved view brings inputs of its own.
    View,
    /// Published results always show the app's defaults.
    Published,
}

impl Conflict {
    /// Why they exclude each other.
    pub fn reason(self) -> &'static str {
        match self {
            Self::View => "a saved view brings its own inputs, and Hex refuses both together",
            Self::Published => {
                "the published results show the app's defaults, and Hex refuses or ignores inputs \
                 beside updating them"
            }
        }
    }
}

impl RunOptions {
    /// What keeps inputs from being sent beside these, if anything does.
    pub fn excludes_inputs(&self) -> Option<Conflict> {
        if self.view.is_some() {
            Some(Conflict::View)
        } else if self.update_published == Some(true) {
            Some(Conflict::Published)
        } else {
            None
        }
    }

    fn write(&self, body: &mut Map<String, Value>) {
        let flags = [
            ("updatePublishedResults", self.update_published),
            ("useCachedSqlResults", self.use_cached_sql),
            ("updateCache", self.update_cache),
        ];
        for (name, flag) in flags {
            if let Some(flag) = flag {
                body.insert(name.to_owned(), Value::Bool(flag));
            }
        }
        if let Some(view) = &self.view {
            body.insert("viewId".to_owned(), Value::String(view.clone()));
        }
        if let Some(notifications) = &self.notifications {
            body.insert("notifications".to_owned(), notifications.clone());
        }
    }
}

/// A start that may be sent: every name is good and used once, every value is read, and nothing
/// is combined that Hex refuses or ignores.
#[derive(Clone, Default, PartialEq)]
pub struct StartRun(Box<Parts>);

/// Boxed, because starts stand among much smaller things in calls and effects.
#[derive(Clone, Default, PartialEq)]
struct Parts {
    inputs: Map<String, Value>,
    options: RunOptions,
    secrets: BTreeSet<String>,
}

/// Whether a request with this body updates the published app.
pub fn publishes(body: &Value) -> bool {
    let says = |key: &str| body.get(key).and_then(Value::as_bool) == Some(true);
    says("updatePublishedResults") || says("updateCache")
}

impl StartRun {
    pub(crate) fn new(
        inputs: Map<String, Value>,
        options: RunOptions,
        secrets: BTreeSet<String>,
    ) -> Self {
        Self(Box::new(Parts { inputs, options, secrets }))
    }

    /// The input parameters, in the order of the form.
    pub fn inputs(&self) -> &Map<String, Value> {
        &self.0.inputs
    }

    /// Keys of inputs whose values are shown to nobody and kept nowhere.
    pub fn secrets(&self) -> &BTreeSet<String> {
        &self.0.secrets
    }

    /// The JSON body of the request: exactly what will be sent. Hex refuses an `inputParams`
    /// that is null, so without inputs the key is left out.
    pub fn body(&self) -> Value {
        self.with(self.0.inputs.clone())
    }

    /// The body with its secrets masked, for showing.
    pub fn shown_body(&self) -> Value {
        self.with(self.shown_inputs())
    }

    /// Whether it updates the published app, which all its readers see.
    pub fn publishes(&self) -> bool {
        publishes(&self.shown_body())
    }

    /// The inputs with their secrets masked, for showing.
    pub fn shown_inputs(&self) -> Map<String, Value> {
        let masked = |(name, value): (&String, &Value)| {
            let value = if self.0.secrets.contains(name) { MASK.into() } else { value.clone() };
            (name.clone(), value)
        };
        self.0.inputs.iter().map(masked).collect()
    }

    /// The secret values as text, and each text or number within a list or an object.
    pub fn secret_words(&self) -> Vec<String> {
        let secret = self.0.inputs.iter().filter(|(name, _)| self.0.secrets.contains(*name));
        let mut open: Vec<_> = secret.map(|(_, value)| value).collect();
        let mut words = Vec::new();
        while let Some(value) = open.pop() {
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(fields) => open.extend(fields.values()),
                _ => {}
            }
            words.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        words
    }

    /// The body without its secrets, for keeping: what is kept never holds them.
    pub fn kept_body(&self) -> Value {
        let inputs = self.0.inputs.iter().filter(|(name, _)| !self.0.secrets.contains(*name));
        self.with(inputs.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The body that has Hex check this start without starting anything.
    pub fn dry_body(&self) -> Value {
        let mut body = self.body();
        if let Value::Object(fields) = &mut body {
            fields.insert("dryRun".to_owned(), Value::Bool(true));
        }
        body
    }

    fn with(&self, inputs: Map<String, Value>) -> Value {
        let mut body = Map::new();
        if !inputs.is_empty() {
            body.insert("inputParams".to_owned(), Value::Object(inputs));
        }
        self.0.options.write(&mut body);
        Value::Object(body)
    }
}

/// Without the secrets: what is sent is logged.
impl fmt::Debug for StartRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StartRun({})", self.shown_body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_sent_and_nothing_else() {
        let inputs: Map<_, _> = [("key", "hunter2"), ("region", "emea")]
            .map(|(k, v)| (k.to_owned(), v.into()))
            .into_iter()
            .collect();
        let start =
            StartRun::new(inputs, RunOptions::default(), BTreeSet::from(["key".to_owned()]));
        assert_eq!(start.body(), json!({"inputParams": {"key": "hunter2", "region": "emea"}}));
        assert_eq!(start.shown_body(), json!({"inputParams": {"key": MASK, "region": "emea"}}));
        assert_eq!(start.kept_body(), json!({"inputParams": {"region": "emea"}}));
        assert!(!format!("{start:?}").contains("hunter2"));
        assert_eq!(start.secret_words(), ["hunter2"]);
        assert_eq!(start.dry_body()["dryRun"], json!(true));
        assert_eq!(start.dry_body()["inputParams"]["key"], json!("hunter2"));
    }
}
