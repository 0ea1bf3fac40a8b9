//! Settings that were read anew while the dashboard runs, and going over to another profile.

use super::{Effect, Options, State};
use crate::domain::Now;
use crate::domain::nearest::nearest;
use crate::engine;

/// Settings that were read anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Reload {
    /// What the screen is told of them.
    pub options: Options,
    /// What the engine is told of them.
    pub engine: engine::Settings,
    /// Settings that have changed and count only after the workspace is opened anew.
    pub later: Vec<String>,
}

impl State {
    /// Takes up settings that were read anew; where they cannot be used the old ones stay.
    pub(super) fn reload(&mut self, read: Result<Box<Reload>, String>, now: Now) {
        let reload = match read {
            Ok(reload) => *reload,
            Err(why) => {
                return self.warn(format!("the settings stay as they were: {why}"), now);
            }
        };
        let Options { theme, zone, keys, saved, mouse, .. } = reload.options;
        let Options { dates, columns, label, profiles, .. } = reload.options;
        // A theme that was chosen here stays, unless the settings name another one now.
        if self.own_roles != theme.roles {
            self.own_roles = theme.roles;
            self.show_in(theme.roles);
        }
        if self.options.keys != keys {
            self.pressed.clear();
        }
        if self.options.mouse != mouse {
            self.pointer.is_on = mouse;
        }
        self.saved.clone_from(&saved);
        self.options = Options {
            zone,
            keys,
            saved,
            mouse,
            dates,
            columns,
            label,
            profiles,
            ..std::mem::take(&mut self.options)
        };
        self.model.use_settings(reload.engine);
        let later = match reload.later.as_slice() {
            [] => String::new(),
            names => format!(
                "; `:profile {}` opens the workspace anew, for {}",
                self.profile_name(),
                names.join(", ")
            ),
        };
        self.inform(format!("the settings were read anew{later}"), now);
    }

    fn profile_name(&self) -> &str {
        match self.options.profile.as_str() {
            "" => NO_PROFILE,
            name => name,
        }
    }

    /// Goes over to another profile, unless something here is unsettled and that was not said before.
    pub(super) fn open_profile(&mut self, name: &str, now: Now, effects: &mut Vec<Effect>) {
        let known = &self.options.profiles;
        if name != NO_PROFILE && !known.iter().any(|known| known == name) {
            let near = nearest(name, known.iter().map(String::as_str));
            let why = match (near, known.is_empty()) {
                (Some(near), _) => format!("there is no profile `{name}`: did you mean `{near}`?"),
                (None, true) => "the settings have no profiles: each is a table \
                                 [profiles.NAME], as `hextop config` explains"
                    .to_owned(),
                (None, false) => {
                    let known = known.join(", ");
                    format!("there is no profile `{name}`: there are {known}, {NO_PROFILE}")
                }
            };
            return self.warn(why, now);
        }
        let asked = matches!(&self.leaving, Leaving::Asked(asked, _) if asked == name);
        let open = self.unsettled(now);
        if !open.is_empty() && !asked {
            self.warn(again(&open, name), now);
            self.leaving = Leaving::Asked(name.to_owned(), Vec::new());
            return;
        }
        self.leaving = Leaving::Asked(name.to_owned(), open);
        self.inform(format!("opening {name}"), now);
        effects.push(Effect::OpenProfile(name.to_owned()));
    }

    /// The profile is ready: leaves for it, unless something has been begun here meanwhile.
    pub(super) fn leave_for_profile(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let open = self.unsettled(now);
        let (name, known) = match std::mem::take(&mut self.leaving) {
            Leaving::Asked(name, known) => (name, known),
            Leaving::No | Leaving::Left => Default::default(),
        };
        if open.iter().all(|one| known.contains(one)) {
            self.leaving = Leaving::Left;
            return effects.push(Effect::Quit);
        }
        self.warn(again(&open, &name), now);
        self.leaving = Leaving::Asked(name, Vec::new());
    }

    /// Whether the screen has ended because another profile takes its place.
    pub fn leaves_for_profile(&self) -> bool {
        self.leaving == Leaving::Left
    }
}

/// How far going over to another profile is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Leaving {
    #[default]
    No,
    /// For this profile, and what was unsettled here when the person agreed to leave it.
    Asked(String, Vec<String>),
    Left,
}

fn again(open: &[String], name: &str) -> String {
    format!("{}: `:profile {name}` again leaves it all the same", open.join(", "))
}

/// What stands for the settings outside of all profiles.
const NO_PROFILE: &str = "default";
