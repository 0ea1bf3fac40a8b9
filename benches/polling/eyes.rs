//! What a policy has seen: the page of each look, and nothing else.
//!
//! A page shows the 100 newest runs. Where more have started since the last look, further pages
//! are read, and a run that still went on but is no longer on the page is asked for by itself;
//! both cost requests, for every policy alike.

use crate::world::{BEGIN, World};

/// Runs on a page.
const PAGE: usize = 100;

/// What is known of one project.
#[derive(Clone, Default)]
pub struct Eye {
    /// When it was looked at last.
    pub looked: Option<f64>,
    /// The oldest known run, as an index into the project's runs.
    pub first: usize,
    /// One past the newest known run.
    pub next: usize,
    /// Runs that had not ended at the last look.
    pub active: Vec<usize>,
}

/// What is known of all projects, and what it cost to know.
pub struct Eyes<'a> {
    /// The world looked at.
    pub world: &'a World,
    /// One for each project.
    pub projects: Vec<Eye>,
    /// Delays of the starts seen, in seconds.
    pub starts: Vec<f64>,
    /// Delays of the ends seen.
    pub ends: Vec<f64>,
    /// The longest time between two looks at one project.
    pub oldest: f64,
    /// Requests used.
    pub requests: u32,
}

impl<'a> Eyes<'a> {
    /// Eyes that have seen nothing.
    pub fn new(world: &'a World) -> Self {
        let projects = vec![Eye::default(); world.projects.len()];
        let (starts, ends) = (Vec::new(), Vec::new());
        Self { world, projects, starts, ends, oldest: 0.0, requests: 0 }
    }

    /// Looks at a project; tells how many requests that cost.
    pub fn look(&mut self, number: usize, now: f64) -> u32 {
        let runs = &self.world.projects[number].runs;
        let eye = &mut self.projects[number];
        let until = eye.next + runs[eye.next..].iter().take_while(|run| run.start <= now).count();
        if eye.looked.is_none() {
            eye.first = until.saturating_sub(PAGE);
            eye.next = eye.first;
        }
        let fresh = until - eye.next;
        let pages = fresh.saturating_sub(1) / PAGE;
        let shown = until.saturating_sub(PAGE * (pages + 1));
        let alone = eye.active.iter().filter(|run| **run < shown).count();
        let counted = runs[eye.next..until].iter().filter(|run| run.start >= BEGIN);
        self.starts.extend(counted.map(|run| now - run.start));
        eye.active.extend(eye.next..until);
        eye.active.retain(|index| {
            let end = runs[*index].end;
            let over = end <= now;
            if over && end >= BEGIN {
                self.ends.push(now - end);
            }
            !over
        });
        let since = eye.looked.unwrap_or(BEGIN).max(BEGIN);
        self.oldest = self.oldest.max(now - since);
        eye.looked = Some(now);
        eye.next = until;
        let cost = 1 + u32::try_from(pages + alone).unwrap_or(0);
        self.requests += if now >= BEGIN { cost } else { 0 };
        cost
    }

    /// Counts what was not seen by the end.
    pub fn close(&mut self) {
        let end = self.world.shape.end();
        for (project, eye) in self.world.projects.iter().zip(&self.projects) {
            self.oldest = self.oldest.max(end - eye.looked.unwrap_or(BEGIN).max(BEGIN));
            let known = eye.active.iter().map(|index| &project.runs[*index]);
            let begun = project.runs[eye.next..].iter().take_while(|run| run.start <= end);
            for run in begun.clone() {
                if run.start >= BEGIN {
                    self.starts.push(end - run.start);
                }
            }
            for run in known.chain(begun) {
                if run.end <= end && run.end >= BEGIN {
                    self.ends.push(end - run.end);
                }
            }
        }
    }
}
