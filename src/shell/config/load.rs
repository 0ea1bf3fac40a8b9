//! Reading settings: from all places that they come from, with all that is wrong told at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::describe::{self, Property};
use super::sources::{self, Environment, Request, Table};
use super::{Config, ConfigError, NO_PROFILE, Place, Problem, checks};
use crate::domain::nearest::nearest;

/// Settings that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// What must be said of them, and is no error.
    pub notes: Vec<String>,
    /// Where each setting that is none of the defaults stands: the text, its line and its column.
    pub origins: BTreeMap<String, (Place, (usize, usize))>,
}

impl Config {
    /// Reads the settings: those of `file`, if it is there, and the defaults of all others. A file that was
    /// asked for by name must be there.
    ///
    /// # Errors
    /// If the file cannot be read or does not fit.
    pub fn load(file: &Path, must_exist: bool) -> Result<Self, ConfigError> {
        Self::load_profile(Some(file), must_exist, None).map(|loaded| loaded.config)
    }

    /// The same of a profile in the file, or of the one that the environment or the file names; without a
    /// file only the environment counts.
    ///
    /// # Errors
    /// As for [`Config::load`], and if there is no such profile.
    pub fn load_profile(
        file: Option<&Path>,
        must_exist: bool,
        profile: Option<&str>,
    ) -> Result<Loaded, ConfigError> {
        let request = request(file, must_exist, profile)?;
        read(&request).map_err(ConfigError::Wrong)
    }

    /// All that is wrong with a file, with the profile in use and with each other one, without using it; and what is to be said besides.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn check(
        file: Option<&Path>,
        must_exist: bool,
        profile: Option<&str>,
    ) -> Result<(Vec<Problem>, Vec<String>), ConfigError> {
        let request = request(file, must_exist, profile)?;
        let mut problems = Vec::new();
        let mut check = |request: &Request| {
            let (found, notes) = match read(request) {
                Ok(loaded) => (loaded.files_missing(), loaded.notes),
                Err(found) => (found, Vec::new()),
            };
            let new: Vec<_> = found.into_iter().filter(|it| !problems.contains(it)).collect();
            problems.extend(new);
            notes
        };
        let notes = check(&request);
        for name in request.profiles().into_iter().chain([NO_PROFILE.to_owned()]) {
            // The environment may set what no profile lets it set; that is no fault of the file.
            let environment = Environment::new();
            check(&Request { profile: Some(name), environment, ..request.clone() });
        }
        Ok((problems, notes))
    }

    #[cfg(test)]
    pub(super) fn over_defaults(text: &str) -> Result<Self, String> {
        let file = Some((std::path::PathBuf::from("config.toml"), text.to_owned()));
        let loaded = read(&Request { file, ..Request::default() });
        let config = loaded.map_err(|problems| super::lines(&problems))?.config;
        Ok(Self { directory: std::path::PathBuf::new(), files: Vec::new(), ..config })
    }
}

impl Loaded {
    /// Looks whether there is such a theme.
    ///
    /// # Errors
    /// If there is none, or its file does not fit; with the place where the setting stands.
    pub fn theme(&self) -> Result<(), Problem> {
        let problem = |why: String| Problem::new(self.origins.get("theme").cloned(), "theme", &why);
        self.config.theme().map(|_| ()).map_err(problem)
    }

    /// Files and directories that the settings name, and which are not there or cannot be used.
    fn files_missing(&self) -> Vec<Problem> {
        let config = &self.config;
        let path = |name: &'static str, path: &str| config.path(name, path).map(|_| ());
        let token = config.token_source().and_then(|tokens| tokens.check());
        let base = config.address(None).unwrap_or_default();
        let tls = config.tls(&base).map(|_| ());
        let words = |why: ConfigError| why.to_string();
        let found = [
            ("data_dir", path("data_dir", &config.data_dir).map_err(|why| why.to_string())),
            (
                "token_file",
                match token {
                    Err(ConfigError::NoToken) => Ok(()),
                    token => token.map_err(|why| why.to_string()),
                },
            ),
        ];
        let found = found.into_iter().chain([("ca_file", tls.map_err(words))]);
        let problem = |(name, found): (&str, Result<(), String>)| {
            Some(Problem::new(self.origins.get(name).cloned(), name, &found.err()?))
        };
        self.theme().err().into_iter().chain(found.filter_map(problem)).collect()
    }
}

/// The files that settings are made of, also where they cannot be used: what is to be watched.
pub fn files(file: &Path, profile: Option<&str>) -> Vec<PathBuf> {
    request(Some(file), false, profile).map_or_else(|_| vec![file.to_owned()], |it| it.files())
}

/// What is to be read of this process's surroundings.
fn request(
    file: Option<&Path>,
    must_exist: bool,
    profile: Option<&str>,
) -> Result<Request, ConfigError> {
    let unreadable =
        |error| ConfigError::Unreadable(file.unwrap_or(Path::new("")).to_owned(), error);
    let file = match file {
        None => None,
        Some(file) => match read_bounded(file) {
            Ok(text) => Some((std::path::absolute(file).map_err(unreadable)?, text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => {
                Some((std::path::absolute(file).map_err(unreadable)?, String::new()))
            }
            Err(error) => return Err(unreadable(error)),
        },
    };
    Ok(Request { file, profile: profile.map(str::to_owned), environment: sources::environment() })
}

/// Reads the person's file, which may be a pipe, but not one without an end.
fn read_bounded(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(file)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(std::io::Error::other(
            "it is larger than 1 MB, which is too much for settings",
        ));
    }
    Ok(text)
}

/// The largest file of settings, in bytes.
const LARGEST: u64 = 1_000_000;

/// Reads the settings.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn read(request: &Request) -> Result<Loaded, Vec<Problem>> {
    let known = describe::properties();
    let joined = request.collect(&known)?;
    let mut table = joined.table(&known)?;
    let mut problems = Vec::new();
    let mut wrong = |key: &str, span: Option<Range<usize>>, why: &str| {
        let at = span.as_ref().map(|span| span.start);
        problems.push((at, joined.sources.problem(key, span, why)));
    };
    let mut unusable = Vec::new();
    for (key, value) in &table {
        let name = key.get_ref().as_ref();
        if let Some(why) = misplaced(name, &known) {
            wrong("", Some(key.span()), &why);
            unusable.push(name.to_owned());
            continue;
        }
        let mut alone = Table::new();
        alone.insert(key.clone(), value.clone());
        if let Err(error) = config_of(alone) {
            let span = error.span().filter(|span| !span.is_empty()).unwrap_or(value.span());
            wrong(&checks::key_at(name, value, &span), Some(span), error.message());
            unusable.push(name.to_owned());
        }
    }
    for name in unusable {
        table.remove(name.as_str());
    }
    let directory = request.file.as_ref().and_then(|(file, _)| file.parent());
    let config = config_of(table.clone()).unwrap_or_default();
    let config = Config {
        directory: directory.map(Path::to_owned).unwrap_or_default(),
        profile: joined.profile.clone().unwrap_or_default(),
        profiles: joined.profiles.clone(),
        ..config
    };
    for fault in config.faults(&known) {
        let setting = fault.path.first().map(String::as_str).unwrap_or_default();
        wrong(setting, checks::place(&table, &fault.path), &fault.why);
    }
    if problems.is_empty() {
        let origin = |(key, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            Some((key.get_ref().to_string(), joined.sources.position(value.span().start)?))
        };
        let origins = table.iter().filter_map(origin).collect();
        let config = Config { files: request.files(), ..config };
        return Ok(Loaded { config, notes: joined.notes, origins });
    }
    problems.sort_by_key(|(at, _)| *at);
    Err(problems.into_iter().map(|(_, problem)| problem).collect())
}

fn config_of(table: Table<'_>) -> Result<Config, toml::de::Error> {
    Config::deserialize(toml::Deserializer::from(Spanned::new(0..0, table)))
}

/// Why a name is none of a setting.
fn misplaced(name: &str, known: &[Property]) -> Option<String> {
    if known.iter().any(|property| property.name == name) {
        return None;
    }
    if name == "token" {
        return Some(
            "`token` does not belong here: put it into a file of its own and name that in token_file"
                .to_owned(),
        );
    }
    let near = nearest(name, known.iter().map(|property| property.name.as_str()));
    let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
    Some(format!("unknown setting `{name}`{near}"))
}
