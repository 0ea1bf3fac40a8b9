//! What the terminal can do, as far as its environment and its answers tell.

use super::check::Check;
use crate::shell::terminal_query::Tmux;
use crate::ui::text::width;

/// What is known of the terminal.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Whether standard input and output are one.
    pub(super) is_terminal: bool,
    pub(super) term: Option<String>,
    pub(super) colorterm: Option<String>,
    /// The locale that counts for characters.
    pub(super) locale: Option<String>,
    /// Whether hextop uses colours, and more than ASCII.
    pub(super) colour: bool,
    pub(super) unicode: bool,
    /// How a text gets into the clipboard.
    pub(super) clipboard: String,
    /// Whether it has synchronized output; none if it did not answer.
    pub(super) synchronized: Option<bool>,
    /// tmux, if hextop runs in it.
    pub(super) tmux: Option<Tmux>,
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![terminal(facts), colours(facts), characters(facts)];
    checks.push(Check::good("clipboard", facts.clipboard.as_str()));
    checks.push(Check::good("focus", "asked for (mode 1004), and no matter if it is not told"));
    checks.push(match facts.synchronized {
        Some(true) => Check::good("sync-output", "the terminal has it (mode 2026)"),
        Some(false) => Check::good("sync-output", "the terminal does not have it: no matter"),
        None => Check::skip("sync-output", "the terminal was not asked, or did not answer"),
    });
    if let Some(tmux) = &facts.tmux {
        checks.extend(of_tmux(tmux));
    }
    checks
}

fn terminal(facts: &Facts) -> Check {
    match facts.term.as_deref() {
        _ if !facts.is_terminal => {
            Check::skip("terminal", "standard input and output are none; the dashboard needs one")
        }
        None => Check::warn("terminal", "TERM is not set", "set TERM, as to xterm-256color"),
        Some("dumb") => {
            let next = "set TERM to what the terminal is, such as xterm-256color";
            Check::warn("terminal", "TERM=dumb cannot place text, which the dashboard needs", next)
        }
        Some(term) => Check::good("terminal", format!("TERM={term}")),
    }
}

fn colours(facts: &Facts) -> Check {
    let colorterm = facts.colorterm.as_deref().unwrap_or("not set");
    let used = if facts.colour { "used" } else { "not used, as NO_COLOR is set" };
    Check::good("colours", format!("{used} (COLORTERM {colorterm})"))
}

fn characters(facts: &Facts) -> Check {
    let locale = facts.locale.as_deref().unwrap_or("none set");
    // As hextop reckons with them: a wide one, an emoji, one with a combining accent.
    let widths: Vec<_> = ["漢", "🚀", "e\u{301}"].map(|text| width(text).to_string()).into();
    let widths = format!(
        "columns of a wide character, an emoji and e with an accent: {}",
        widths.join(", ")
    );
    if facts.unicode {
        Check::good("characters", format!("UTF-8 (locale {locale}); {widths}"))
    } else {
        let next = "set LC_ALL or LANG to a UTF-8 locale, such as C.UTF-8";
        Check::warn("characters", format!("ASCII alone, as the locale is {locale}; {widths}"), next)
    }
}

fn of_tmux(tmux: &Tmux) -> Vec<Check> {
    let version = tmux.version.as_deref().unwrap_or("of unknown version");
    let mut checks = vec![Check::good("tmux", version)];
    for (name, wanted, next) in [
        (
            "tmux-focus",
            "focus-events",
            "tmux set -g focus-events on, so that hextop knows whether it is looked at",
        ),
        (
            "tmux-passthrough",
            "allow-passthrough",
            "tmux set -g allow-passthrough on, so that notices reach the terminal",
        ),
        (
            "tmux-clipboard",
            "set-clipboard",
            "tmux set -g set-clipboard on, so that what is copied reaches the clipboard",
        ),
    ] {
        let told = tmux.options.iter().find(|(option, _)| *option == wanted);
        checks.push(match told {
            None => Check::skip(name, format!("tmux does not tell {wanted}")),
            Some((_, value)) if value == "off" => {
                Check::warn(name, format!("{wanted} is off"), next)
            }
            Some((_, value)) => Check::good(name, format!("{wanted} is {value}")),
        });
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn what_a_terminal_lacks_is_a_warning_and_no_failure() {
        use State::{Good, Skip, Warn};
        let states = |facts: &Facts| checks(facts).iter().map(|it| it.state).collect::<Vec<_>>();
        let good = Facts {
            is_terminal: true,
            term: Some("xterm".to_owned()),
            locale: Some("C.UTF-8".to_owned()),
            colour: true,
            unicode: true,
            synchronized: Some(true),
            ..Facts::default()
        };
        assert_eq!(states(&good), [Good; 6]);
        assert!(checks(&good)[2].detail.ends_with(": 2, 2, 1"), "{:?}", checks(&good)[2]);
        assert_eq!(states(&Facts { is_terminal: false, ..good.clone() })[0], Skip);
        for term in [None, Some("dumb".to_owned())] {
            assert_eq!(states(&Facts { term, ..good.clone() })[0], Warn);
        }
        assert_eq!(states(&Facts { unicode: false, ..good.clone() })[2], Warn);
        assert_eq!(states(&Facts { synchronized: None, ..good.clone() })[5], Skip);
        let options = vec![("focus-events", "off".to_owned()), ("set-clipboard", "on".to_owned())];
        let tmux = Some(Tmux { version: Some("tmux 3.4".to_owned()), options });
        let told = states(&Facts { tmux, ..good });
        assert_eq!(told.get(6..).unwrap(), [Good, Warn, Skip, Good]);
    }
}
