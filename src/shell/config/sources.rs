//! Where settings come from, and joining them: included files, the person's file, a profile in it, and
//! the environment, of which a later one goes before an earlier one.
//!
//! All texts stand behind one another in one numbering of bytes, so that one number is a place in any
//! of them, and what is wrong is told with its file, line and column.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::describe::Property;
use super::is_theme_file;
use super::problem::{self, Place, Problem};
use crate::domain::nearest::nearest;
use crate::domain::text::without_mark;
use crate::shell::child::keep_from_children;
use crate::shell::{file, path};

/// A table, with the places of its keys and values.
pub(super) type Table<'a> = DeTable<'a>;
type Value<'a> = Spanned<DeValue<'a>>;

/// What an included file may have; these are joined with those of the including one.
const SHARED: [&str; 4] = ["rules", "inputs", "filters", "protected"];
/// What no environment variable sets.
const IN_FILES_ONLY: [&str; 2] = ["include", "profile"];
/// What a variable of the environment begins with that stands for a setting.
const PREFIX: &str = "HEXTOP_";
/// The variable that names the profile.
pub const PROFILE_VARIABLE: &str = "HEXTOP_PROFILE";
/// Variables with that beginning that are something else.
const NO_SETTINGS: [&str; 4] =
    [PROFILE_VARIABLE, "HEXTOP_LOG", "HEXTOP_CONFIG", "HEXTOP_CASES_FACTOR"];

/// The variables of the environment that the settings depend on.
pub type Environment = BTreeMap<String, String>;

/// Those of this process.
pub(super) fn environment() -> Environment {
    let texts = std::env::vars_os().filter_map(|(name, value)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    });
    texts.filter(|(name, _)| name.starts_with(PREFIX)).collect()
}

/// A text of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    place: Place,
    /// The text behind as many empty lines as all earlier texts have bytes.
    padded: String,
    start: usize,
}

/// All texts, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    all: Vec<Source>,
    end: usize,
}

impl Sources {
    fn add(&mut self, place: Place, text: &str) {
        let start = self.end;
        self.end += text.len() + 1;
        let padded = "\n".repeat(start) + text;
        self.all.push(Source { place, padded, start });
    }

    /// Where a setting of the person's own file stands, or of a profile in it.
    fn place_of(
        &self,
        text: &str,
        profile: Option<&str>,
        setting: &str,
    ) -> Option<(Place, (usize, usize))> {
        let table = DeTable::parse(text).ok()?.into_inner();
        let of = match profile {
            None => &table,
            Some(name) => {
                let all = table.get("profiles")?.get_ref().as_table()?;
                all.get(name)?.get_ref().as_table()?
            }
        };
        self.position(of.get(setting)?.span().start)
    }

    /// A problem at these bytes.
    pub(super) fn problem(&self, key: &str, span: Option<Range<usize>>, why: &str) -> Problem {
        Problem::new(span.and_then(|span| self.position(span.start)), key, why)
    }

    /// In which text a byte is, with its line and its column there.
    pub(super) fn position(&self, byte: usize) -> Option<(Place, (usize, usize))> {
        let source = self.all.iter().rev().find(|source| source.start <= byte)?;
        let text = source.padded.get(source.start..)?;
        Some((source.place.clone(), problem::position(text, byte - source.start)))
    }
}

/// What settings are to be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// The person's file, and its text; none if there is no file.
    pub(super) file: Option<(PathBuf, String)>,
    /// The profile that was asked for by an argument.
    pub(super) profile: Option<String>,
    pub(super) environment: Environment,
}

/// Settings that were joined, and are still to be read as such.
pub(super) struct Joined {
    pub(super) sources: Sources,
    /// The profile in use.
    pub(super) profile: Option<String>,
    /// Those that there are.
    pub(super) profiles: Vec<String>,
    /// What must be said, but is no error.
    pub(super) notes: Vec<String>,
}

impl Request {
    /// Reads every text that the settings are made of. `known` are the settings that there are.
    pub(super) fn collect(&self, known: &[Property]) -> Result<Joined, Vec<Problem>> {
        let mut sources = Sources::default();
        let (directory, text) = match &self.file {
            Some((file, text)) => {
                sources.add(Place::File(file.clone()), without_mark(text));
                (file.parent().map(Path::to_owned).unwrap_or_default(), without_mark(text))
            }
            None => (PathBuf::new(), ""),
        };
        if let Err(error) = DeTable::parse(text) {
            let at = error.span().map_or(0, |span| span.start);
            let name = problem::name_at(text, at);
            return Err(vec![sources.problem(name, error.span(), error.message())]);
        }
        let peeked = peek(text);
        let profiles = self.profiles();
        let all = table(&peeked, "profiles").into_iter().flat_map(toml::Table::values);
        for settings in all.filter_map(toml::Value::as_table).chain([&peeked]) {
            let variable = settings.get("token_variable").and_then(toml::Value::as_str);
            variable.filter(|name| !name.is_empty()).into_iter().for_each(keep_from_children);
        }
        let profile = self.profile(&peeked)?;
        let of = match &profile {
            None => peeked,
            Some(name) => {
                let of = table(&peeked, "profiles").and_then(|all| table(all, name)).cloned();
                of.ok_or_else(|| {
                    let mut problem = no_profile(name, &profiles);
                    if self.profile.is_none() && !self.environment.contains_key(PROFILE_VARIABLE) {
                        problem.at = sources.place_of(text, None, "profile");
                    }
                    vec![problem]
                })?
            }
        };
        for (setting, name) in included(&of) {
            let wrong = |why: String| {
                let at = sources.place_of(text, profile.as_deref(), setting);
                vec![Problem::new(at, setting, &why)]
            };
            let file = path::resolve(&name, &directory).map_err(&wrong)?;
            let text = file::read_at(&file).map_err(wrong)?;
            let place =
                if setting == "rules_file" { Place::Rules(file) } else { Place::Included(file) };
            sources.add(place, &text);
        }
        let mut notes = Vec::new();
        for (variable, value) in &self.environment {
            if NO_SETTINGS.contains(&variable.as_str()) || value.is_empty() {
                continue;
            }
            match overriding(variable, value, known, profile.is_some()) {
                Ok(text) => sources.add(Place::Variable(variable.clone()), &text),
                Err(Refused::Unknown(note)) => notes.push(note),
                Err(Refused::Wrong(problem)) => return Err(vec![problem]),
            }
        }
        Ok(Joined { sources, profile, profiles, notes })
    }

    /// The names of the profiles that the file has.
    pub(super) fn profiles(&self) -> Vec<String> {
        let text = self.file.as_ref().map_or("", |(_, text)| without_mark(text));
        let all = peek(text);
        table(&all, "profiles").into_iter().flat_map(toml::Table::keys).cloned().collect()
    }

    /// The files that the settings are made of, as far as that is known, also where they cannot be used.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let Some((file, text)) = &self.file else { return Vec::new() };
        let peeked = peek(without_mark(text));
        let profile = self.profile(&peeked).ok().flatten();
        let of = match &profile {
            None => Some(&peeked),
            Some(name) => table(&peeked, "profiles").and_then(|all| table(all, name)),
        };
        let directory = file.parent().unwrap_or(Path::new(""));
        let theme = of.and_then(|of| of.get("theme")).or_else(|| peeked.get("theme"));
        let theme = theme.and_then(toml::Value::as_str).filter(|theme| is_theme_file(theme));
        let named = of.into_iter().flat_map(included).map(|(_, file)| file);
        let named = named.chain(theme.map(str::to_owned));
        let named = named.filter_map(|name| path::resolve(&name, directory).ok());
        std::iter::once(file.clone()).chain(named).collect()
    }

    /// The profile that is meant: that of the argument, else of the environment, else of the file.
    fn profile(&self, file: &toml::Table) -> Result<Option<String>, Vec<Problem>> {
        let in_file = || file.get("profile").and_then(toml::Value::as_str).map(str::to_owned);
        let named = |name: &String| !name.is_empty();
        if self.profile.as_deref() == Some("") {
            let why = format!("--profile is empty: name one, or `{NO_PROFILE}` for none");
            return Err(vec![Problem::new(None, "", &why)]);
        }
        let variable = self.environment.get(PROFILE_VARIABLE).cloned().filter(named);
        let meant = self.profile.clone().or(variable).or_else(in_file);
        Ok(meant.filter(|name| named(name) && name != NO_PROFILE))
    }
}

/// A text as far as it can be parsed; what cannot is told when the texts are joined.
fn peek(text: &str) -> toml::Table {
    text.parse().unwrap_or_default()
}

fn table<'a>(of: &'a toml::Table, name: &str) -> Option<&'a toml::Table> {
    of.get(name).and_then(toml::Value::as_table)
}

/// What stands for no profile, so that one in the file can be left out for once.
pub const NO_PROFILE: &str = "default";

fn no_profile(name: &str, there_are: &[String]) -> Problem {
    let near = nearest(name, there_are.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
    let there_are = match there_are {
        [] => "the settings have none: add a table [profiles.NAME]".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    Problem::new(None, "profile", &format!("there is no profile `{name}`{near} ({there_are})"))
}

/// The files that settings include, with the setting that names each.
fn included(settings: &toml::Table) -> Vec<(&'static str, String)> {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let rules = settings.get("rules_file").and_then(text).filter(|file| !file.is_empty());
    let files = settings.get("include").and_then(toml::Value::as_array);
    let files = files.into_iter().flatten().filter_map(text);
    rules
        .map(|file| ("rules_file", file))
        .into_iter()
        .chain(files.map(|file| ("include", file)))
        .collect()
}

/// Why a variable is no setting.
enum Refused {
    /// It may be meant for another program.
    Unknown(String),
    Wrong(Problem),
}

/// A variable of the environment as a line of settings.
fn overriding(
    variable: &str,
    value: &str,
    known: &[Property],
    has_profile: bool,
) -> Result<String, Refused> {
    let name = variable.strip_prefix(PREFIX).unwrap_or_default().to_lowercase();
    let of = |property: &&Property| !IN_FILES_ONLY.contains(&property.name.as_str());
    let Some(property) = known.iter().filter(of).find(|property| property.name == name) else {
        let near = nearest(&name, known.iter().filter(of).map(|property| property.name.as_str()));
        let near = near.map_or(String::new(), |near| {
            format!(": did you mean {PREFIX}{}?", near.to_uppercase())
        });
        return Err(Refused::Unknown(format!("{variable} is no setting and does nothing{near}")));
    };
    if has_profile && property.is_of_workspace {
        let why = format!(
            "{variable} cannot be used with a profile, whose own workspace it would change: unset it, or set `{name}` in the profile"
        );
        return Err(Refused::Wrong(Problem::new(None, "", &why)));
    }
    // What is no value of a settings file can only be meant as a text.
    let is_value = value.starts_with(['[', '{', '"', '\''])
        || format!("{name} = {value}").parse::<toml::Table>().is_ok();
    let is_text = property.is_text || !is_value;
    let literal = if is_text { toml::Value::from(value).to_string() } else { value.to_owned() };
    let line = format!("{name} = {literal}");
    // What cannot be parsed is told with all else that is wrong.
    let is_alone = line.parse::<toml::Table>().map_or(true, |table| table.len() == 1);
    if is_alone && !literal.contains('\n') {
        return Ok(line);
    }
    let why = format!("{variable} sets more than `{name}`: write its value alone, in one line");
    Err(Refused::Wrong(Problem::new(None, "", &why)))
}

impl Joined {
    /// All settings in one table, each the one that counts.
    pub(super) fn table(&self, known: &[Property]) -> Result<Table<'_>, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut parsed = Vec::new();
        for source in &self.sources.all {
            let (table, errors) = DeTable::parse_recoverable(&source.padded);
            // What follows from the first one says nothing new.
            for error in errors.iter().take(1) {
                let at = error.span().map_or(0, |span| span.start);
                let name = problem::name_at(&source.padded, at);
                problems.push(self.sources.problem(name, error.span(), error.message()));
            }
            parsed.push((&source.place, table.into_inner()));
        }
        let mut joined = Table::new();
        let mut later = Vec::new();
        for (place, table) in parsed {
            match place {
                Place::File(_) => joined = self.own(table, known, &mut problems),
                Place::Rules(_) | Place::Included(_) => later.push((place, table)),
                Place::Variable(_) => joined.extend(table),
            }
        }
        for (place, table) in later {
            self.include(&mut joined, place, table, &mut problems);
        }
        if problems.is_empty() { Ok(joined) } else { Err(problems) }
    }

    /// The settings of the person's file, with those of the profile before them.
    fn own<'a>(
        &self,
        mut file: Table<'a>,
        known: &[Property],
        problems: &mut Vec<Problem>,
    ) -> Table<'a> {
        let profiles = file.remove("profiles");
        let usual = file.remove("profile");
        problems.extend(self.faults_of_profiles(usual.as_ref(), profiles.as_ref()));
        let Some(name) = &self.profile else { return file };
        let profile = profiles.map(Spanned::into_inner).and_then(|value| match value {
            DeValue::Table(mut all) => all.remove(name.as_str()).map(Spanned::into_inner),
            _ => None,
        });
        let Some(DeValue::Table(profile)) = profile else { return file };
        for property in known.iter().filter(|property| property.is_of_workspace) {
            file.remove(property.name.as_str());
        }
        for (key, value) in profile {
            if matches!(key.get_ref().as_ref(), "profile" | "profiles") {
                let why = "stands in a profile, where it means nothing: take it out";
                problems.push(self.sources.problem(key.get_ref(), Some(key.span()), why));
                continue;
            }
            overlay(&mut file, key, value);
        }
        file
    }

    /// What is wrong with the choice of a profile, and with the tables of profiles.
    fn faults_of_profiles(
        &self,
        usual: Option<&Value<'_>>,
        profiles: Option<&Value<'_>>,
    ) -> Vec<Problem> {
        let wrong =
            |key: &str, value: Range<usize>, why: &str| self.sources.problem(key, Some(value), why);
        let mut faults = Vec::new();
        if let Some(usual) = usual.filter(|usual| !usual.get_ref().is_str()) {
            faults.push(wrong(
                "profile",
                usual.span(),
                "it must be the name of a profile, in quotes",
            ));
        }
        let Some(profiles) = profiles else { return faults };
        let Some(all) = profiles.get_ref().as_table() else {
            let why = "each profile is a table [profiles.NAME]";
            faults.push(wrong("profiles", profiles.span(), why));
            return faults;
        };
        for (name, value) in all {
            let text = name.get_ref().as_ref();
            let is_odd =
                text.is_empty() || text.contains(['/', '\\']) || text.contains(char::is_control);
            let why = match () {
                () if text == NO_PROFILE => {
                    "`default` stands for no profile: call it something else"
                }
                () if is_odd => {
                    "a profile's name has letters, and no slash: call it something else"
                }
                () if !value.get_ref().is_table() => "each profile is a table [profiles.NAME]",
                () => continue,
            };
            faults.push(wrong("profiles", name.span(), why));
        }
        faults
    }

    /// Joins what an included file has with what is there.
    fn include<'a>(
        &self,
        into: &mut Table<'a>,
        place: &Place,
        table: Table<'a>,
        problems: &mut Vec<Problem>,
    ) {
        let allowed = if matches!(place, Place::Rules(_)) { &SHARED[..1] } else { &SHARED[..] };
        if matches!(place, Place::Rules(_))
            && table
                .get("rules")
                .is_none_or(|it| it.get_ref().as_array().is_none_or(|it| it.is_empty()))
        {
            problems.push(Problem::new(
                Some((place.clone(), (1, 1))),
                "",
                "it has no rules: each is a table [[rules]]",
            ));
        }
        for (key, value) in table {
            if !allowed.contains(&key.get_ref().as_ref()) {
                let why = format!(
                    "does not belong into an included file, which has {} alone",
                    allowed.join(", ")
                );
                problems.push(self.sources.problem(key.get_ref(), Some(key.span()), &why));
                continue;
            }
            match (into.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value.get_ref()) {
                (None, _) => {
                    into.insert(key, value);
                }
                (Some(DeValue::Array(own)), DeValue::Array(more)) => {
                    more.iter().for_each(|item| own.push(item.clone()));
                }
                (Some(DeValue::Table(own)), DeValue::Table(more)) => {
                    for (name, item) in more {
                        if !own.contains_key(name.get_ref().as_ref()) {
                            own.insert(name.clone(), item.clone());
                        }
                    }
                }
                // Of another type than it must be: whichever it is, reading them says so.
                (Some(own), _) => *own = value.into_inner(),
            }
        }
    }
}

/// Puts a setting of a profile over that of the file; tables are joined.
fn overlay<'a>(into: &mut Table<'a>, key: Spanned<Cow<'a, str>>, value: Value<'a>) {
    let own = into.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut);
    if let (Some(DeValue::Table(own)), DeValue::Table(more)) = (own, value.get_ref()) {
        return more.clone().into_iter().for_each(|(key, value)| overlay(own, key, value));
    }
    // The old key would keep its place, which says where the setting stands.
    into.remove(key.get_ref().as_ref());
    into.insert(key, value);
}
