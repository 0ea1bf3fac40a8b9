//! The command line: a command as a text, and what a text may become.

use super::keymap::Keymap;
use super::verb::{Takes, VERBS, Verb};
use super::{Command, Context};
use crate::domain::filter::{self, Subject};

/// The verbs that can be asked for by name in a place. What confirms is done by its own key alone.
pub fn offered(keys: &Keymap, context: Context) -> Vec<Verb> {
    let bound = |context| keys.of(context).iter().map(|bound| bound.command.verb);
    let here: Vec<_> = bound(context).chain(bound(Context::Everywhere)).collect();
    let is_offered = |verb: &&Verb| here.contains(verb) && !verb.confirms() && !verb.asks();
    VERBS.iter().filter(is_offered).copied().collect()
}

/// Reads a command.
///
/// # Errors
/// A sentence that says what is wrong with it, and which command may have been meant: never one that
/// starts or stops something.
pub fn parse(text: &str, offered: &[Verb]) -> Result<Command, String> {
    let (name, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let argument = Some(rest.trim()).filter(|rest| !rest.is_empty());
    let Some(verb) = VERBS.iter().copied().find(|verb| verb.name() == name) else {
        return Err(match nearest(name, offered) {
            Some(near) => format!("there is no command `{name}`: did you mean `{}`?", near.name()),
            None => format!("there is no command `{name}`"),
        });
    };
    if !offered.contains(&verb) {
        return Err(format!("`{name}` is not possible here"));
    }
    match (verb.takes(), argument) {
        (Takes::Nothing, Some(argument)) => {
            Err(format!("`{name}` takes nothing, and was given `{argument}`"))
        }
        (Takes::Word { words, optional: false }, None) => {
            Err(format!("`{name}` wants one of: {}", words.join(", ")))
        }
        (Takes::Word { words, .. }, Some(word)) if !words.contains(&word) => {
            Err(format!("`{name}` knows no `{word}`: it takes one of {}", words.join(", ")))
        }
        (Takes::Profile, None) => Err(format!("`{name}` wants the name of a profile")),
        (Takes::Project { optional: false }, None) => {
            Err(format!("`{name}` wants the title or the id of a project"))
        }
        (_, argument) => Ok(Command { verb, argument: argument.map(str::to_owned) }),
    }
}

/// The offered verb whose name is most like a text, if any is and it does no harm.
fn nearest(text: &str, offered: &[Verb]) -> Option<Verb> {
    let harmless = || offered.iter().filter(|verb| !verb.is_grave());
    let name = crate::domain::nearest::nearest(text, harmless().map(|verb| verb.name()))?;
    harmless().find(|verb| verb.name() == name).copied()
}

/// What the text before the cursor may become, each whole; `titles` are those of the projects,
/// `profiles` those of the settings, `saved` the filters that are kept, `sweeps` what sweeps are called.
pub fn completions<'a>(
    text: &str,
    offered: &[Verb],
    titles: impl Iterator<Item = &'a str>,
    profiles: &[String],
    saved: &filter::Saved,
    sweeps: impl FnOnce() -> Vec<String>,
) -> Vec<String> {
    let Some((name, begun)) = text.split_once(' ') else {
        let begins = |verb: &&Verb| verb.name().starts_with(text);
        return offered.iter().filter(begins).map(|verb| verb.name().to_owned()).collect();
    };
    let Some(verb) = offered.iter().find(|verb| verb.name() == name) else { return Vec::new() };
    let begun = begun.trim_start();
    match verb.takes() {
        Takes::Nothing | Takes::Text => Vec::new(),
        Takes::RunFilter => filter::completions(begun, Subject::Runs, saved, sweeps)
            .into_iter()
            .map(|filter| format!("{name} {filter}"))
            .collect(),
        Takes::Word { words, .. } => words
            .iter()
            .filter(|word| word.starts_with(begun))
            .map(|word| format!("{name} {word}"))
            .collect(),
        Takes::Profile => profiles
            .iter()
            .map(String::as_str)
            .chain(["default"])
            .filter(|profile| profile.starts_with(begun))
            .map(|profile| format!("{name} {profile}"))
            .collect(),
        Takes::Project { .. } => {
            let wanted = begun.to_lowercase();
            let begins = |title: &&str| title.to_lowercase().starts_with(&wanted);
            titles.filter(begins).map(|title| format!("{name} {title}")).collect()
        }
    }
}

/// The longest beginning that all have in common.
pub fn common(texts: &[String]) -> &str {
    let Some(first) = texts.first() else { return "" };
    let is_common = |end: &usize| {
        first.get(..*end).is_some_and(|start| texts.iter().all(|text| text.starts_with(start)))
    };
    let end = (0..=first.len()).rev().find(is_common).unwrap_or(0);
    first.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Vec<Verb> {
        offered(&Keymap::default(), Context::Panes)
    }

    #[test]
    fn a_command_is_a_verb_and_what_it_is_given() {
        for (text, command) in [
            ("freeze", Command::from(Verb::Freeze)),
            ("  tab   running ", Command::with(Verb::Tab, "running")),
            ("filter status:running churn", Command::with(Verb::Filter, "status:running churn")),
            ("filter", Command::from(Verb::Filter)),
            ("project Churn model", Command::with(Verb::Project, "Churn model")),
            ("trigger", Command::from(Verb::Trigger)),
        ] {
            assert_eq!(parse(text, &here()), Ok(command.clone()), "{text}");
            assert_eq!(parse(&command.to_string(), &here()), Ok(command));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_may_have_been_meant() {
        for (text, reason) in [
            ("freze", "there is no command `freze`: did you mean `freeze`?"),
            ("cancle", "there is no command `cancle`"),
            ("triger", "there is no command `triger`"),
            ("qiut", "there is no command `qiut`"),
            ("", "there is no command ``"),
            ("tab", "`tab` wants one of: all, out-of-hand"),
            ("tab red", "`tab` knows no `red`"),
            ("freeze now", "`freeze` takes nothing, and was given `now`"),
            ("project", "`project` wants the title"),
            ("review", "`review` is not possible here"),
            ("confirm", "`confirm` is not possible here"),
        ] {
            let error = parse(text, &here()).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
            let grave = VERBS.iter().filter(|verb| verb.is_grave());
            let named = grave.filter(|verb| error.contains(&format!("mean `{}`", verb.name())));
            assert_eq!(named.count(), 0, "{error}");
        }
    }

    #[test]
    fn what_confirms_is_offered_nowhere() {
        for context in crate::ui::command::context::CONTEXTS {
            let offered = offered(&Keymap::default(), *context);
            assert!(offered.iter().all(|verb| !verb.confirms()), "{}", context.name());
        }
    }

    #[test]
    fn names_and_what_they_are_given_are_completed() {
        let titles = || ["Churn model", "Churn weekly", "Daily KPIs"].into_iter();
        let of = |text: &str| {
            completions(
                text,
                &here(),
                titles(),
                &["prod".to_owned()],
                &filter::Saved::new(),
                Vec::new,
            )
        };
        assert_eq!(of("fre"), ["freeze"]);
        assert_eq!(of("tab co"), ["tab completed"]);
        assert_eq!(of("project churn"), ["project Churn model", "project Churn weekly"]);
        assert_eq!(common(&of("project ch")), "project Churn ");
        assert_eq!(of("cancel status:run"), ["cancel status:running"]);
        assert_eq!(of("cancel churn verdict:r"), ["cancel churn verdict:runaway"]);
        assert_eq!(of("nothing of it"), [""; 0]);
        assert_eq!(common(&of("q")), "qu");
        assert_eq!(common(&["é".to_owned(), "è".to_owned()]), "");
    }
}
