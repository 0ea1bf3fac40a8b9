//! What the arguments select: runs that are named, and terms of the filter language that must all
//! hold.

use std::time::Duration;

use clap::Args;

use crate::cli::duration;
use crate::domain::filter::{FilterError, Saved, Subject};
use crate::domain::{ProjectId, Query};

/// The shortest beginning of an id that is taken for one; see `domain::resolve`.
const SHORTEST: usize = 4;

/// Which runs.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct Selection {
    /// A run: its id, the beginning of it (8 characters, or 4 where only one run begins so), or its
    /// address in Hex
    #[arg(value_name = "RUN")]
    pub(in crate::cli) runs: Vec<String>,
    /// Only runs of this project: its id, the beginning of it, its title, or its address in Hex
    #[arg(long, value_name = "PROJECT")]
    pub(in crate::cli) project: Option<String>,
    /// Only runs with this status, such as RUNNING or PENDING
    #[arg(long, value_name = "STATUS")]
    pub(in crate::cli) status: Option<String>,
    /// Only runs that have taken longer than this, such as 90s, 30m or 1h30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(in crate::cli) older_than: Option<Duration>,
    /// Only runs of which this is said, such as runaway
    #[arg(long, value_name = "VERDICT")]
    pub(in crate::cli) verdict: Option<String>,
    /// Only runs that pass this filter, such as 'project:churn ratio>5' or @NAME
    #[arg(long, value_name = "FILTER")]
    pub(in crate::cli) filter: Option<String>,
}

impl Selection {
    /// What is wrong with it, whatever there is in Hex.
    pub(in crate::cli) fn mistake(&self) -> Option<String> {
        if let Some(mistake) = self.runs.iter().find_map(|said| too_short(said)) {
            return Some(mistake);
        }
        if self.filter.as_ref().is_some_and(|filter| filter.trim().is_empty()) {
            return Some(
                "--filter is empty, which would mean every run: write status:active if you mean \
                 that"
                    .to_owned(),
            );
        }
        let is_anything = !self.runs.is_empty() || self.project.is_some() || self.has_terms();
        (!is_anything).then(|| {
            "say which runs: name them (RUN), or give --project, --status, --older-than, --verdict \
             or --filter; `hextop cancel --help` tells more, and --dry-run cancels nothing"
                .to_owned()
        })
    }

    fn has_terms(&self) -> bool {
        let Self { runs: _, project: _, status, older_than, verdict, filter } = self;
        older_than.is_some() || [status, verdict, filter].into_iter().any(Option::is_some)
    }

    /// All that must hold, as one filter; `project` is what the flag means.
    ///
    /// # Errors
    /// What cannot be read, and in which flag.
    pub(in crate::cli) fn query(
        &self,
        project: Option<&ProjectId>,
        saved: &Saved,
    ) -> Result<Query, String> {
        let read = |text: &str| Query::parse(text, Subject::Runs, saved);
        let mut terms = Vec::new();
        for (flag, term) in self.terms(project) {
            // Each by itself, so that no parenthesis of one reaches into another.
            let query = read(&term).map_err(|error: FilterError| format!("{flag}: {error}"))?;
            if query.is_empty() {
                return Err(format!("{flag} lets every run through: say which ones it means"));
            }
            terms.push(format!("({term})"));
        }
        read(&terms.join(" ")).map_err(|error| error.to_string())
    }

    /// Each flag as a term.
    fn terms(&self, project: Option<&ProjectId>) -> Vec<(&'static str, String)> {
        let valued = |key: &str, value: &str| {
            format!("{key}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        };
        let project = project.map(|id| ("--project", valued("project", id.as_str())));
        let status = self.status.as_ref().map(|word| ("--status", valued("status", word)));
        let age = self.older_than.map(|span| ("--older-than", format!("age>{}s", span.as_secs())));
        let verdict = self.verdict.as_ref().map(|word| ("--verdict", valued("verdict", word)));
        let filter = self.filter.clone().map(|filter| ("--filter", filter));
        [project, status, age, verdict, filter].into_iter().flatten().collect()
    }
}

/// Says that a text is too short to name a run, if it is.
pub(in crate::cli) fn too_short(said: &str) -> Option<String> {
    (said.trim().chars().count() < SHORTEST).then(|| {
        format!(
            "`{said}` is too short to name a run: give at least {SHORTEST} characters of its id"
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        selection: Selection,
    }

    fn selection(arguments: &[&str]) -> Selection {
        let words = ["cancel"].iter().chain(arguments);
        Command::try_parse_from(words).unwrap().selection
    }

    fn saved() -> Saved {
        Saved::from([("night".to_owned(), "trigger:scheduled or status:pending".to_owned())])
    }

    #[test]
    fn flags_and_a_filter_are_one_filter_in_which_all_must_hold() {
        let id = ProjectId::new("3f1c2b9e-8a47");
        let read = |text: &str| Query::parse(text, Subject::Runs, &saved()).unwrap();
        for (arguments, project, expected) in [
            (&["--status", "RUNNING"][..], None, "status:running"),
            (&["--status", "UNABLE_TO_ALLOCATE_KERNEL"], None, "status:nokernel"),
            (&["--older-than", "1h30m"], None, "age>5400s"),
            (&["--verdict", "runaway"], None, "verdict:runaway"),
            (&["--project", "Churn"], Some(&id), "project:3f1c2b9e-8a47"),
            (
                &["--older-than", "30m", "--status", "RUNNING", "--filter", "ratio>5 or mine"],
                Some(&id),
                "project:3f1c2b9e-8a47 status:running age>1800s (ratio>5 or mine)",
            ),
            (&["--filter", "@night"], Some(&id), "project:3f1c2b9e-8a47 @night"),
            (&["a0d4c6f2"], None, ""),
        ] {
            let query = selection(arguments).query(project, &saved());
            assert_eq!(query, Ok(read(expected)), "{arguments:?}");
        }
    }

    #[test]
    fn a_flag_that_cannot_be_read_is_named_with_what_it_takes() {
        for (arguments, words) in [
            (&["--status", "going"][..], "--status: `status:going` is no status; write pending"),
            (&["--status", "running\" or mine"], "--status: "),
            (&["--status", ""], "--status: "),
            (&["--verdict", "bad"], "--verdict: `verdict:bad` is none"),
            (&["--filter", "age>soon"], "--filter: `soon` is no age"),
            (&["--filter", "mine) or (mine"], "--filter: there is no `(`"),
            (&["--filter", "\u{200b}"], "--filter lets every run through"),
            (&["--filter", "@day"], "--filter: no filter is kept as `@day`"),
            (&["--filter", "state:sent"], "--filter: `state:` says nothing about runs"),
        ] {
            let refused = selection(arguments).query(None, &saved()).unwrap_err();
            assert!(refused.starts_with(words), "{arguments:?}: {refused}");
        }
    }

    #[test]
    fn something_must_be_selected_and_nothing_selects_everything_by_accident() {
        let mistake = |arguments: &[&str]| selection(arguments).mistake().unwrap_or_default();
        assert!(mistake(&[]).starts_with("say which runs"));
        assert!(mistake(&["--filter", " "]).contains("would mean every run"));
        assert!(mistake(&["a0d4c6f2", "abc"]).starts_with("`abc` is too short"));
        assert!(mistake(&["", "--status", "running"]).contains("too short"));
        for fine in [&["a0d4"][..], &["--project", "Churn"], &["--older-than", "1s"]] {
            assert_eq!(mistake(fine), "", "{fine:?}");
        }
    }
}
