//! What is known of a project's inputs, from all sources together.
//!
//! The settings have the last word on what a person wrote there; the app's export says which
//! inputs there are; refusals and earlier starts fill in where there is no export.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ParamKind;
use super::body::Body;
use super::spec::{ParamSpec, Source};

/// The inputs of the published app, as its export had them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// The inputs, in their order.
    pub specs: Vec<ParamSpec>,
    /// When they were read.
    pub at: Timestamp,
}

/// Why the app's inputs could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportOff {
    /// A sentence for the person.
    pub reason: String,
    /// Whether asking again helps only after somebody has changed something.
    pub lasting: bool,
    /// When it was tried.
    pub at: Timestamp,
}

/// What is known of a project's inputs besides the settings: worth keeping between sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownInputs {
    /// What the app's export had.
    pub exported: Option<Exported>,
    /// Why the last try to read it failed.
    pub off: Option<ExportOff>,
    /// What refusals taught.
    pub taught: Vec<ParamSpec>,
    /// Names that Hex said the project does not have.
    pub absent: BTreeSet<String>,
}

impl KnownInputs {
    /// Whether the export is worth asking for when a form opens: it was never read, or it was
    /// read before the app was last published; but not where Hex has said no.
    pub fn wants_export(&self, published: Option<Timestamp>) -> bool {
        let stale = |at: Timestamp| published.is_some_and(|published| published > at);
        match (&self.off, &self.exported) {
            (Some(off), _) if off.lasting => false,
            (_, Some(exported)) => stale(exported.at),
            _ => true,
        }
    }

    /// Takes in the app's export.
    pub fn learn_export(&mut self, specs: Vec<ParamSpec>, at: Timestamp) {
        self.absent.retain(|name| !specs.iter().any(|spec| spec.name == *name));
        self.exported = Some(Exported { specs, at });
        self.off = None;
    }

    /// Takes in that an input of this name wants another type.
    pub fn learn_kind(&mut self, name: &str, kind: ParamKind, hex_type: Option<String>) {
        self.taught.retain(|spec| spec.name != name);
        self.absent.remove(name);
        let spec = ParamSpec { kind, hex_type, ..ParamSpec::named(name, Source::Refusal) };
        self.taught.push(spec);
    }

    /// Takes in that there is no input of this name.
    pub fn learn_absent(&mut self, name: &str) {
        self.taught.retain(|spec| spec.name != name);
        self.absent.insert(name.to_owned());
    }

    /// The parameters that a form shows: the app's inputs, then those of the settings, of
    /// refusals, and of earlier starts where there is no export to say that they are gone.
    pub fn specs(&self, config: &[ParamSpec], recent: &[Body]) -> Vec<ParamSpec> {
        let mut specs = self.exported.as_ref().map(|e| e.specs.clone()).unwrap_or_default();
        for own in config {
            match specs.iter_mut().find(|spec| spec.name == own.name) {
                Some(spec) => overlay(spec, own),
                None => specs.push(own.clone()),
            }
        }
        let ranges: BTreeSet<_> = specs
            .iter()
            .filter(|spec| spec.kind == ParamKind::DateRange)
            .flat_map(|spec| spec.keys(spec.kind))
            .collect();
        let is_new = |specs: &[ParamSpec], name: &str| {
            !specs.iter().any(|s| s.name == name) && !ranges.contains(name)
        };
        for taught in &self.taught {
            if is_new(&specs, &taught.name) {
                specs.push(taught.clone());
            }
        }
        if self.exported.is_some() {
            return specs;
        }
        for (name, value) in recent.iter().flat_map(|body| &body.inputs) {
            if is_new(&specs, name) && !self.absent.contains(name) {
                let kind = ParamKind::of(value);
                specs.push(ParamSpec { kind, ..ParamSpec::named(name, Source::Earlier) });
            }
        }
        specs
    }
}

/// Lays what the settings say over what the app says.
fn overlay(spec: &mut ParamSpec, own: &ParamSpec) {
    if own.kind != ParamKind::Text {
        spec.kind = own.kind;
    }
    if !own.choices.is_empty() {
        spec.choices.clone_from(&own.choices);
    }
    spec.preset.clone_from(&own.preset);
    spec.label = own.label.clone().or(spec.label.take());
    spec.help = own.help.clone().or(spec.help.take());
    spec.min = own.min.or(spec.min);
    spec.max = own.max.or(spec.max);
    spec.integer |= own.integer;
    spec.required |= own.required;
    spec.secret |= own.secret;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn spec(name: &str, kind: ParamKind, source: Source) -> ParamSpec {
        ParamSpec { kind, ..ParamSpec::named(name, source) }
    }

    fn names(specs: &[ParamSpec]) -> Vec<(&str, ParamKind, Source)> {
        specs.iter().map(|spec| (spec.name.as_str(), spec.kind, spec.source)).collect()
    }

    #[test]
    fn the_sources_are_merged_and_each_parameter_knows_its_own() {
        let mut known = KnownInputs::default();
        known.learn_kind("threshold", ParamKind::Number, None);
        known.learn_absent("regoin");
        let recent = [Body::of(&json!({"inputParams": {"regoin": "x", "days": 7}})).unwrap()];
        let config = [
            ParamSpec { secret: true, ..spec("key", ParamKind::Text, Source::Config) },
            ParamSpec {
                help: Some("of the company".to_owned()),
                ..spec("region", ParamKind::Text, Source::Config)
            },
        ];
        assert_eq!(
            names(&known.specs(&config, &recent)),
            [
                ("key", ParamKind::Text, Source::Config),
                ("region", ParamKind::Text, Source::Config),
                ("threshold", ParamKind::Number, Source::Refusal),
                ("days", ParamKind::Number, Source::Earlier),
            ]
        );
        known.learn_export(vec![spec("region", ParamKind::Choice, Source::Export)], at(5));
        let merged = known.specs(&config, &recent);
        assert_eq!(
            names(&merged),
            [
                ("region", ParamKind::Choice, Source::Export),
                ("key", ParamKind::Text, Source::Config),
                ("threshold", ParamKind::Number, Source::Refusal),
            ]
        );
        assert_eq!(merged[0].help.as_deref(), Some("of the company"));
        assert!(merged[1].secret);
    }

    #[test]
    fn the_export_is_asked_for_once_and_again_after_the_app_was_published() {
        let mut known = KnownInputs::default();
        assert!(known.wants_export(Some(at(1))));
        known.learn_export(Vec::new(), at(10));
        assert!(!known.wants_export(Some(at(9))));
        assert!(known.wants_export(Some(at(11))));
        known.off = Some(ExportOff { reason: "off".to_owned(), lasting: true, at: at(12) });
        assert!(!known.wants_export(Some(at(13))), "Hex has said no");
        known.off = Some(ExportOff { reason: "late".to_owned(), lasting: false, at: at(12) });
        assert!(known.wants_export(Some(at(13))));
    }

    #[test]
    fn what_is_known_survives_being_kept() {
        let mut known = KnownInputs::default();
        let full = ParamSpec {
            choices: vec![json!("a"), json!(1)],
            min: Some(0.5),
            ..spec("n", ParamKind::MultiChoice, Source::Export)
        };
        known.learn_export(vec![full], at(10));
        known.learn_kind("t", ParamKind::DateTime, Some("date".to_owned()));
        let kept = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<KnownInputs>(&kept).unwrap(), known);
    }
}
