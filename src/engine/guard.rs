//! The guard of protected projects, which looks at every intent, whoever made it.
//!
//! A run of a protected project is cancelled only by an order that names the project. The dialog
//! has it typed, a command has it among its arguments.

use std::fmt;

use super::cancel::CancelOrder;
use crate::domain::ProjectId;
use crate::domain::text::clean;
use crate::domain::title::{folded, plain};

/// Which projects are protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Their titles or ids, as the settings have them.
    protected: Vec<String>,
}

/// Why an order is not carried out. `Display` is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the project is called that the order does not name.
    pub name: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = clean(&plain(&self.name));
        write!(
            f,
            "{name} is a protected project: its runs are cancelled only by whoever names it, in \
             the cancel dialog or with --protected '{name}'"
        )
    }
}

impl Guard {
    /// A guard of the projects with these titles or ids.
    pub fn of(protected: Vec<String>) -> Self {
        Self { protected }
    }

    /// The name that a protected project is to be confirmed by: its title, or its id until Hex has
    /// told the title. Until then any title that is protected may be this project's.
    pub fn name(&self, project: &ProjectId, title: Option<&str>) -> Option<String> {
        let title = title.filter(|title| *title != project.as_str());
        let protects = |name: &String| {
            title.is_none_or(|title| folded(name) == folded(title))
                || name.trim().eq_ignore_ascii_case(project.as_str())
        };
        let name = title.unwrap_or(project.as_str());
        self.protected.iter().any(protects).then(|| name.to_owned())
    }

    /// Lets an order pass that names every protected project of its runs.
    ///
    /// # Errors
    /// The first project that it does not name.
    pub fn check<'a>(
        &self,
        order: &CancelOrder,
        title: impl Fn(&ProjectId) -> Option<&'a str>,
    ) -> Result<(), Refusal> {
        let names = order.runs.iter().filter_map(|(id, _)| Some((id, self.name(id, title(id))?)));
        let is_named = |(project, name): &(&ProjectId, String)| {
            order.named.iter().any(|typed| names_project(typed, name, project, order))
        };
        match names.into_iter().find(|name| !is_named(name)) {
            Some((_, name)) => Err(Refusal { name }),
            None => Ok(()),
        }
    }
}

/// Whether what was typed is the project's name, however that is written, its id, or the short id
/// of the only run.
fn names_project(typed: &str, name: &str, project: &ProjectId, order: &CancelOrder) -> bool {
    let typed = plain(typed);
    let is_run = match order.runs.as_slice() {
        [(_, run)] => run.short().eq_ignore_ascii_case(&typed),
        _ => false,
    };
    let is_id = typed.eq_ignore_ascii_case(project.as_str());
    !typed.is_empty() && (is_id || is_run || [plain(name), plain(&clean(name))].contains(&typed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunId;

    /// Whether an order for one run of a protected project passes that names these.
    fn passes(protected: &str, title: Option<&str>, named: &[&str]) -> bool {
        let order = CancelOrder {
            runs: vec![(ProjectId::new("0f3c-p"), RunId::new("a0d4c6f2-1b3e"))],
            named: named.iter().map(|&name| name.to_owned()).collect(),
            reason: None,
        };
        Guard::of(vec![protected.to_owned()]).check(&order, |_| title).is_ok()
    }

    #[test]
    fn a_protected_project_is_cancelled_only_by_whoever_names_it() {
        let title = Some("Cafe\u{301}\u{a0}revenue ");
        for (protected, named, expected) in [
            ("Café revenue", &[] as &[&str], false),
            ("Café revenue", &[""], false),
            ("Café revenue", &["yes", "y", "Café", "café revenue"], false),
            ("café REVENUE", &["  Café   revenue\n"], true),
            ("Café revenue", &["other", "Cafe\u{301} revenue"], true),
            ("0F3C-P", &["Café revenue"], true),
            ("0f3c-p", &["0f3c-p"], true),
            ("0f3c-p", &[], false),
            ("Café revenue", &["a0d4c6f2"], true),
            ("another", &[], true),
        ] {
            assert_eq!(passes(protected, title, named), expected, "{protected} {named:?}");
        }
    }

    #[test]
    fn until_hex_has_told_its_title_every_project_may_be_the_protected_one() {
        for title in [None, Some("0f3c-p")] {
            assert!(!passes("Finance close", title, &[]));
            assert!(!passes("Finance close", title, &["Finance close"]));
            assert!(passes("Finance close", title, &["0f3c-p"]));
        }
        assert_eq!(Guard::default().name(&ProjectId::new("p"), None), None);
    }

    #[test]
    fn one_protected_project_among_others_keeps_the_whole_order_from_passing() {
        let runs = ["a", "b", "c"].map(|id| (ProjectId::new(id), RunId::new(id))).to_vec();
        let guard = Guard::of(vec!["b".to_owned(), "c".to_owned()]);
        let title = |id: &ProjectId| Some(if id.as_str() == "a" { "Alpha" } else { "Beta" });
        let refused = |named: &[&str]| {
            let named = named.iter().map(|&name| name.to_owned()).collect();
            guard.check(&CancelOrder { runs: runs.clone(), named, reason: None }, title).err()
        };
        assert_eq!(refused(&[]), Some(Refusal { name: "Beta".to_owned() }));
        assert_eq!(refused(&["b"]), Some(Refusal { name: "Beta".to_owned() }), "not c");
        assert_eq!(refused(&["b", "c"]), None);
    }
}
