//! Which settings a command goes by.

use std::path::PathBuf;

use clap::Args;

use super::complain;
use crate::shell::config::{self, Config, ConfigError, Loaded, NO_PROFILE, PROFILE_VARIABLE};
use crate::shell::path;

/// Which settings.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SettingsArgs {
    /// Read the settings from this file; else `HEXTOP_CONFIG` names it
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Use this profile of the settings; `default` for none
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

impl SettingsArgs {
    /// The same file with another profile; empty for none.
    pub(super) fn of_profile(&self, name: &str) -> Self {
        let name = if name.is_empty() { NO_PROFILE } else { name };
        Self { profile: Some(name.to_owned()), ..self.clone() }
    }

    /// What chooses the profile before the file does.
    pub(super) fn chosen_by(&self) -> Option<&'static str> {
        let is_set = std::env::var_os(PROFILE_VARIABLE).is_some_and(|name| !name.is_empty());
        let variable = is_set.then_some(PROFILE_VARIABLE);
        self.profile.as_ref().map(|_| "--profile").or(variable)
    }

    /// The file, and whether it must exist because somebody has named it; none if no home directory is known.
    pub(super) fn file(&self) -> Option<(PathBuf, bool)> {
        let variable = || std::env::var_os(CONFIG_VARIABLE).filter(|file| !file.is_empty());
        let named = self.config.clone().or_else(|| variable().map(PathBuf::from));
        match named {
            Some(file) => Some((path::expand(&file.to_string_lossy()), true)),
            None => config::default_file().map(|file| (file, false)),
        }
    }

    /// The settings, and how their file is shown. What must be said of them is said on standard error.
    pub(super) fn load(&self) -> Result<(Config, String), ConfigError> {
        let loaded = self.read()?;
        for note in &loaded.notes {
            complain(note, 0);
        }
        Ok((loaded.config, self.shown()))
    }

    /// How their file is shown.
    pub(super) fn shown(&self) -> String {
        let shown = self.file().map(|(file, _)| file.display().to_string());
        shown.unwrap_or_else(|| {
            "a file that --config names, as no home directory is known".to_owned()
        })
    }

    /// The settings, with what is to be said of them.
    pub(super) fn read(&self) -> Result<Loaded, ConfigError> {
        let file = self.file();
        let must_exist = file.as_ref().is_some_and(|(_, must_exist)| *must_exist);
        let file = file.as_ref().map(|(file, _)| file.as_path());
        Config::load_profile(file, must_exist, self.profile.as_deref())
    }
}

/// The variable that names the settings file.
const CONFIG_VARIABLE: &str = "HEXTOP_CONFIG";
