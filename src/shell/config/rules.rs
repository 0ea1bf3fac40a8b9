//! The settings' entries for rules, and the file that a team shares.

use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OneOrMore;
use crate::domain::rules::{Action, MaxDuration, Pattern, Rule};

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleEntry {
    /// What it is called where it refuses or does something.
    pub name: String,
    /// Ids, addresses or titles of projects, with `*` for any characters; for all where it is not there.
    pub projects: Option<OneOrMore>,
    /// Whether runs are cancelled only by whoever names the project.
    pub protected: bool,
    /// Whether nothing is started and nothing cancelled.
    pub read_only: bool,
    /// How long runs may take, such as `2h`.
    pub max_duration: Option<String>,
    /// What is done beyond it.
    pub then: Option<Then>,
    /// Whether runaways are cancelled.
    pub cancel_runaway: bool,
    /// Runs that may be active when another one is started.
    pub max_concurrent: Option<u32>,
    /// When runs may be started.
    pub allowed_hours: Option<String>,
}

/// The setting `then`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// A person is told.
    Notify,
    /// The run is cancelled.
    Cancel,
}

impl RuleEntry {
    fn rule(&self) -> Result<Rule, String> {
        let limit = self.max_duration.as_deref().map(limit).transpose()?;
        let action = match self.then {
            Some(_) if limit.is_none() => {
                return Err("has `then` and no max_duration that it could follow".to_owned());
            }
            Some(Then::Cancel) => Action::Cancel,
            Some(Then::Notify) | None => Action::Notify,
        };
        let hours = self.allowed_hours.as_deref().map(|text| match text.trim() {
            "" => Err("allowed_hours: it is empty; for no hours at all write read_only".to_owned()),
            text => text.parse().map_err(|why| format!("allowed_hours: {why}")),
        });
        let projects = self.projects.as_ref().map_or(&[] as &[String], |it| &it.0);
        let rule = Rule {
            name: self.name.clone(),
            projects: projects.iter().map(|text| Pattern::new(text)).collect(),
            protected: self.protected,
            read_only: self.read_only,
            max_duration: limit.map(|limit| MaxDuration { limit, action }),
            cancel_runaway: self.cancel_runaway,
            max_concurrent: self.max_concurrent,
            allowed_hours: hours.transpose()?,
        };
        let wrong = |text: &str| Err(text.to_owned());
        match () {
            () if self.projects.is_some() && projects.is_empty() => wrong(
                "has an empty list of projects: leave `projects` out if it is about all of them",
            ),
            () if projects.iter().any(|text| text.trim().is_empty()) => {
                wrong("has an empty text among its projects: take it out, or name a project")
            }
            () if rule.is_empty() => wrong("says nothing: add what it is to do, or take it out"),
            () if rule.max_concurrent == Some(0) => {
                wrong("has max_concurrent = 0: for no starts at all write read_only")
            }
            () if rule.cancels() && (rule.protected || rule.read_only) => wrong(
                "cancels runs that it protects: no rule ends runs of a protected or read-only \
                 project. Take one of the two out",
            ),
            () => Ok(rule),
        }
    }
}

fn limit(text: &str) -> Result<Duration, String> {
    let read = text.parse::<SignedDuration>().ok().and_then(|it| Duration::try_from(it).ok());
    read.filter(|limit| !limit.is_zero()).ok_or_else(|| {
        format!("max_duration is {text:?}, which is no length of time: write 90m, 2h or 1h 30m")
    })
}

/// The rules of these entries.
///
/// # Errors
/// The place of the first rule that cannot be used, from 0, and a sentence that names it and says why.
pub(super) fn read(entries: &[RuleEntry]) -> Result<Vec<Rule>, (usize, String)> {
    let mut rules: Vec<Rule> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if entry.name.trim().is_empty() {
            let why = format!(
                "rules: number {} has no name: add name = \"…\", which is said wherever it forbids or \
                 does something",
                index + 1
            );
            return Err((index, why));
        }
        let wrong = |why: String| (index, format!("rules: `{}` {why}", entry.name));
        if rules.iter().any(|rule| rule.name == entry.name) {
            return Err(wrong("stands there twice: give one of them another name".to_owned()));
        }
        rules.push(entry.rule().map_err(wrong)?);
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn load_text(entry: &str) -> Result<Vec<Rule>, String> {
        Config::over_defaults(&format!("[[rules]]\n{entry}")).and_then(|config| config.rules())
    }

    #[test]
    fn the_shipped_example_can_be_used() {
        let example: String = super::super::DEFAULTS
            .lines()
            .filter_map(|line| line.strip_prefix("#   "))
            .skip_while(|line| !line.starts_with("[[rules]]"))
            .take_while(|line| !line.starts_with("[keys") && !line.starts_with("[[inputs]]"))
            .map(|line| line.split_once(" #").map_or(line, |(start, _)| start).to_owned() + "\n")
            .collect();
        let rules = Config::over_defaults(&example).and_then(|config| config.rules()).unwrap();
        assert_eq!(rules.len(), 3);
        assert!(rules.iter().any(Rule::cancels) && rules.iter().any(|rule| rule.protected));
    }

    #[test]
    fn a_rule_is_read_with_all_that_it_says() {
        let text = "name = \"nightly\"\nprojects = \"Churn*\"\nmax_duration = \"1h 30m\"\n\
                    then = \"cancel\"\ncancel_runaway = true\nmax_concurrent = 3\n\
                    allowed_hours = \"mon-fri 08:00-18:00\"";
        let expected = Rule {
            projects: vec![Pattern::new("Churn*")],
            max_duration: Some(MaxDuration {
                limit: Duration::from_mins(90),
                action: Action::Cancel,
            }),
            cancel_runaway: true,
            max_concurrent: Some(3),
            allowed_hours: Some("mon-fri 08:00-18:00".parse().unwrap()),
            ..Rule::named("nightly")
        };
        assert_eq!(load_text(text), Ok(vec![expected]));
    }

    #[test]
    fn what_cannot_be_used_is_said_with_the_name_of_the_rule() {
        for (entry, why) in [
            ("protected = true", "number 1 has no name"),
            ("name = \"a\"", "`a` says nothing"),
            ("name = \"a\"\nprojects = [\"x\"]", "`a` says nothing"),
            ("name = \"a\"\nprotected = true\nprojects = [\" \"]", "empty text among its projects"),
            ("name = \"a\"\nprojects = []\ncancel_runaway = true", "empty list of projects"),
            ("name = \"a\"\nmax_duration = \"long\"", "write 90m, 2h or 1h 30m"),
            ("name = \"a\"\nmax_duration = \"-2h\"", "write 90m, 2h or 1h 30m"),
            ("name = \"a\"\nthen = \"cancel\"", "no max_duration"),
            ("name = \"a\"\nmax_duration = \"2h\"\nthen = \"kill\"", "then"),
            ("name = \"a\"\nprotected = true\ncancel_runaway = true", "that it protects"),
            ("name = \"a\"\nmax_concurrent = 0", "write read_only"),
            ("name = \"a\"\nallowed_hours = \"\"", "write read_only"),
            ("name = \"a\"\nallowed_hours = \"at night\"", "at night"),
            ("name = \"a\"\nmax_runtime = \"2h\"", "max_runtime"),
            ("name = \"a\"\nread_only = true\n[[rules]]\nname = \"a\"\nprotected = true", "twice"),
        ] {
            let said = load_text(entry).unwrap_err();
            assert!(said.contains(why), "{entry}: {said}");
        }
    }

    #[test]
    fn a_team_shares_a_file_of_rules_beside_the_own_ones() {
        let dir = tempfile::tempdir().unwrap();
        let [settings, shared] = ["config.toml", "team.toml"].map(|name| dir.path().join(name));
        let own = "rules_file = \"team.toml\"\nprotected = [\"Board\"]\n\
                   [[rules]]\nname = \"mine\"\nread_only = true\n";
        std::fs::write(&settings, own).unwrap();
        let team = |text: &str| {
            std::fs::write(&shared, text).unwrap();
            let config = Config::load(&settings, true).map_err(|error| error.to_string())?;
            config.rules().map(|rules| rules.into_iter().map(|rule| rule.name).collect::<Vec<_>>())
        };
        let rule = "[[rules]]\nname = \"theirs\"\ncancel_runaway = true\n";
        assert_eq!(team(rule).unwrap(), ["protected", "mine", "theirs"]);
        for (text, why) in [
            ("", "no rules"),
            ("mouse = true", "mouse"),
            ("[[rules]]\nname = \"mine\"\nprotected = true", "`mine` stands there twice"),
            (
                "[[rules]]\nname = \"x\"\nmax_duration = 3",
                "team.toml:3:16: rules.max_duration is 3, but must be a text",
            ),
            (
                "[[rules]]\nname = \"x\"\nmax_duration = \"long\"",
                "team.toml:1:1: rules: `x` max_duration",
            ),
        ] {
            let said = team(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
        std::fs::remove_file(&shared).unwrap();
        let gone = Config::load(&settings, true).unwrap_err().to_string();
        assert!(gone.contains("rules_file") && gone.contains("team.toml"), "{gone}");
    }
}
