//! Going over from one workspace to another while the dashboard runs, and reading the settings anew.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, stream};

use super::settings_args::SettingsArgs;
use super::workspace::{WatchedArgs, Workspace, WorkspaceArgs, of_profile, screen_options};
use crate::shell::config::watch::Watch;
use crate::shell::config::{Config, ConfigError, NO_PROFILE, files};
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

    /// What opens a profile of the settings that these arguments name. What they say of the watched projects is
    /// about the settings outside of all profiles.
    pub(super) fn opener(&self, args: &WorkspaceArgs, watched: &WatchedArgs) -> Opener {
        let (next, args, watched) = (self.clone(), args.clone(), watched.clone());
        Opener(Arc::new(move |name| {
            let (next, of) = (next.clone(), args.of_profile(&name));
            let watched = if name == NO_PROFILE { watched.clone() } else { WatchedArgs::default() };
            let is_demo = args.demo;
            Box::pin(async move {
                if is_demo {
                    return Err("the demo has no profiles: start hextop without --demo".to_owned());
                }
                let opened = of_profile(of, watched).await;
                let opened = opened.map_err(|error| format!("{name}: {}", sentence(&error)))?;
                *next.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
                Ok(())
            })
        }))
    }
}

/// What the settings are read anew for.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) config: Arc<Config>,
    pub(super) settings: SettingsArgs,
    pub(super) watched: WatchedArgs,
    pub(super) workspace: String,
    pub(super) notifier: Arc<Mutex<Notifier>>,
}

impl Opened {
    /// The settings as they are now, and the files to be watched from now on, as they were before that was read.
    fn read(&self) -> (Watch, Result<Box<Reload>, String>) {
        let file = self.settings.file().map(|(file, _)| file);
        let files = file.as_deref().map(|file| files(file, self.settings.profile.as_deref()));
        let watch = Watch::on(files.unwrap_or_default());
        let is_gone = |file: &Path| std::fs::metadata(file).is_ok_and(|meta| meta.len() > 0);
        let read = match file {
            Some(file) if !is_gone(&file) => Err(format!("{} is gone or empty", file.display())),
            _ => self.reload(),
        };
        (watch, read)
    }

    fn reload(&self) -> Result<Box<Reload>, String> {
        let mut config = self.settings.read().map_err(|error| sentence(&error))?.config;
        if self.config.profile.is_empty() {
            self.watched.choose(&mut config).map_err(|error| error.to_string())?;
        }
        config.theme()?;
        let told = config.notifier(&self.workspace)?;
        let reload = Reload {
            options: screen_options(&config),
            engine: config.engine(),
            later: self.config.later(&config),
        };
        *self.notifier.lock().unwrap_or_else(PoisonError::into_inner) = told;
        Ok(Box::new(reload))
    }
}

/// The settings each time that their files have changed. Alerts go by them at once.
pub(super) fn reloads(opened: Opened) -> impl Stream<Item = io::Result<Msg>> {
    let files = opened.config.files.clone();
    let watch = (!files.is_empty()).then(|| Watch::on(files));
    stream::unfold(watch, move |watch| {
        let opened = opened.clone();
        async move {
            // Without a file nothing can change.
            let mut watch = watch?;
            watch.changed().await;
            let (watch, read) = tokio::task::spawn_blocking(move || opened.read()).await.ok()?;
            Some((Ok(Msg::Settings(read)), Some(watch)))
        }
    })
}

/// What is wrong with settings in one line.
pub(super) fn sentence(error: &ConfigError) -> String {
    match error {
        ConfigError::Wrong(problems) => match problems.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => {
                format!("{first} (`hextop config check` tells {} more)", rest.len())
            }
            [first, ..] => first.to_string(),
            [] => error.to_string(),
        },
        ConfigError::NoToken => {
            "there is no token: give it to `hextop login`, in a profile with --profile".to_owned()
        }
        error => error.to_string(),
    }
}
