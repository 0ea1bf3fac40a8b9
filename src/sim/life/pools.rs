//! Kernels: each user has so many, whoever looks.

use std::collections::{BTreeMap, VecDeque};

use crate::sim::users::User;

/// The kernels of all users, and who waits for one.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    /// How many each user may hold.
    total: u32,
    /// How many the runs of each hold.
    held: BTreeMap<User, u32>,
    /// How many the token's owner holds with notebooks open in the browser.
    notebooks: u32,
    /// Runs without a kernel, in the order in which they asked for one.
    waiting: BTreeMap<User, VecDeque<usize>>,
}

impl Pools {
    pub(crate) fn new(total: u32) -> Self {
        Self { total, held: BTreeMap::new(), notebooks: 0, waiting: BTreeMap::new() }
    }

    /// How many kernels a user holds.
    pub(crate) fn taken(&self, user: User) -> u32 {
        let notebooks = if user == User::TOKEN { self.notebooks } else { 0 };
        self.held_by_runs(user) + notebooks
    }

    /// How many of them runs hold.
    pub(crate) fn held_by_runs(&self, user: User) -> u32 {
        self.held.get(&user).copied().unwrap_or(0)
    }

    /// Whether a user can hold no more.
    pub(crate) fn is_full(&self, user: User) -> bool {
        self.taken(user) >= self.total
    }

    /// A run of a user gets a kernel.
    pub(crate) fn take(&mut self, user: User) {
        *self.held.entry(user).or_default() += 1;
    }

    /// A run of a user gives its kernel back.
    pub(crate) fn give_back(&mut self, user: User) {
        if let Some(held) = self.held.get_mut(&user) {
            *held = held.saturating_sub(1);
        }
    }

    /// The token's owner has about so many notebooks open from now on, each with a kernel.
    pub(crate) fn open_notebooks(&mut self, number: f64) {
        self.notebooks = whole(number.clamp(0.0, f64::from(self.total)));
    }

    /// A run asks for a kernel.
    pub(crate) fn wait(&mut self, user: User, run: usize) {
        self.waiting.entry(user).or_default().push_back(run);
    }

    /// The next run of a user that gets a kernel, if there is one for it.
    pub(crate) fn next(&mut self, user: User) -> Option<usize> {
        if self.is_full(user) { None } else { self.waiting.get_mut(&user)?.pop_front() }
    }
}

/// A whole number that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was rounded, and clamped to a number of kernels"
)]
fn whole(number: f64) -> u32 {
    number as u32
}
