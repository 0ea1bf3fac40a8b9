//! Going over from one workspace to another while the dashboard runs, and reading the settings anew.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, stream};

use super::settings_args::SettingsArgs;
use super::workspace::{Workspace, WorkspaceArgs, of_profile, screen_options};
use crate::shell::config::watch::Watch;
use crate::shell::config::{Config, ConfigError, NO_PROFILE};
use crate::shell::host::Opener;
use crate::shell::notify::Notifier;
use crate::ui::{Msg, Reload};

/// The workspace that was opened while another one is on the screen.
#[derive(Clone, Debug, Default)]
pub(super) struct Next(Arc<Mutex<Option<Workspace>>>);

impl Next {
    pub(super) fn take(&self) -> Option<Workspace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What opens a profile of the settings that these arguments name.
    pub(super) fn opener(&self, args: &WorkspaceArgs) -> Opener {
        let (next, args) = (self.clone(), args.clone());
        Opener(Arc::new(move |name| {
            let (next, args) = (next.clone(), args.of_profile(&name));
            Box::pin(async move {
                let opened = of_profile(args).await;
                let opened = opened.map_err(|error| format!("{name}: {}", sentence(&error)))?;
                *next.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
                Ok(())
            })
        }))
    }
}

/// The settings each time that their files have changed. Alerts go by them at once.
pub(super) fn reloads(
    config: Config,
    settings: SettingsArgs,
    workspace: String,
    notifier: Arc<Mutex<Notifier>>,
) -> impl Stream<Item = io::Result<Msg>> {
    let watch = (!config.files.is_empty()).then(|| Watch::on(config.files.clone()));
    stream::unfold((watch, Arc::new(config)), move |(watch, opened)| {
        let (settings, workspace) = (settings.clone(), workspace.clone());
        let notifier = Arc::clone(&notifier);
        async move {
            // Without a file nothing can change.
            let mut watch = watch?;
            watch.changed().await;
            let read = tokio::task::spawn_blocking(move || settings.read()).await.ok()?;
            let read = read.map_err(|error| sentence(&error)).and_then(|loaded| {
                let config = loaded.config;
                config.theme()?;
                let told = config.notifier(&workspace)?;
                *notifier.lock().unwrap_or_else(PoisonError::into_inner) = told;
                watch = Watch::on(config.files.clone());
                Ok(Box::new(Reload {
                    options: screen_options(&config),
                    engine: config.engine(),
                    later: opened.later(&config),
                }))
            });
            Some((Ok(Msg::Settings(read)), (Some(watch), opened)))
        }
    })
}

/// What is wrong with settings in one line.
fn sentence(error: &ConfigError) -> String {
    match error {
        ConfigError::Wrong(problems) => match problems.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => {
                format!("{first} (`hextop config check` tells {} more)", rest.len())
            }
            [first, ..] => first.to_string(),
            [] => error.to_string(),
        },
        ConfigError::NoToken => format!(
            "there is no token: set token_file, token_command or token_variable in the profile \
             (HEX_API_TOKEN is used for `{NO_PROFILE}` alone)"
        ),
        error => error.to_string(),
    }
}
