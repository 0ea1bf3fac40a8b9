//! The people of a workspace: the one that the token belongs to, and the others.

use super::rng::Rng;
use super::scenario::{TokenSpec, UsersSpec};
use super::uuid::Uuid;

/// First names of the people, the owner of a personal token first.
pub(crate) const PEOPLE: [&str; 6] = ["ana", "ben", "chiara", "deepak", "emi", "farah"];

/// Somebody who holds kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct User(usize);

impl User {
    /// The one that the token belongs to.
    pub(crate) const TOKEN: Self = Self(0);
}

/// Everybody who holds kernels.
#[derive(Clone, Debug)]
pub(crate) struct Users {
    names: Vec<String>,
    spec: UsersSpec,
}

impl Users {
    pub(crate) fn new(spec: &UsersSpec, token: &TokenSpec) -> Self {
        let me = if token.workspace { "workspace token".to_owned() } else { address(0) };
        let mut users = Self { names: vec![me], spec: spec.clone() };
        for number in 1..=spec.others {
            users.named(&address(number));
        }
        users
    }

    /// The user with this name. Where there are no others, everybody is the token's owner.
    pub(crate) fn named(&mut self, name: &str) -> User {
        if self.spec.others == 0 {
            return User::TOKEN;
        }
        let known = self.names.iter().position(|known| known == name);
        User(known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        }))
    }

    /// What a user is called.
    pub(crate) fn name(&self, user: User) -> &str {
        self.names.get(user.0).map_or("", String::as_str)
    }

    /// Who has started this run, which neither the token nor a schedule has: one of the others, or
    /// the token's owner with another tool.
    pub(crate) fn starter(&self, run: Uuid) -> User {
        let others = usize::try_from(self.spec.others).unwrap_or(usize::MAX);
        let mut chance = Rng::stream(run.bits(), 0x7573_6572);
        if others == 0 || chance.chance(self.spec.own_share) {
            return User::TOKEN;
        }
        User(1 + chance.below(others))
    }
}

/// `ana@acme.test`; those beyond the people with names are numbered.
fn address(number: u32) -> String {
    let name = usize::try_from(number).ok().and_then(|number| PEOPLE.get(number));
    name.map_or_else(|| format!("user{number}@acme.test"), |name| format!("{name}@acme.test"))
}
