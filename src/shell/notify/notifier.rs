//! An alert on its way to the person: by the terminal and by their program, unless these are quiet hours.

use std::io;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Notice, NotifyCommand, Terminal, Urgency};
use crate::clock;
use crate::domain::Hours;
use crate::engine::alerts::{Alert, AlertItem, AlertKind};

/// Runs that are named in the text of a notice.
const NAMED: usize = 5;

/// How a person is told of alerts.
#[derive(Clone, Debug)]
pub struct Notifier {
    /// The workspace, as the header has it.
    pub workspace: String,
    /// The terminal.
    pub terminal: Terminal,
    /// Their program, if there is one.
    pub command: Option<NotifyCommand>,
    /// When they are told nothing.
    pub quiet: Hours,
    /// The zone of these hours.
    pub zone: TimeZone,
}

impl Notifier {
    /// Tells of an alert by all that there is; `write` writes to the terminal.
    ///
    /// # Errors
    /// A sentence that says what has failed; the other way was tried all the same.
    pub async fn tell(
        &self,
        alert: &Alert,
        write: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> Result<(), String> {
        let now = clock::now().wall.to_zoned(self.zone.clone());
        if self.quiet.contains(now.weekday(), now.time()) {
            return Ok(());
        }
        let number = u64::try_from(clock::now().wall.as_millisecond()).unwrap_or_default();
        let bytes = self.terminal.bytes(&notice(alert, &self.workspace), number);
        let written = if bytes.is_empty() { Ok(()) } else { write(&bytes) };
        if let Some(command) = &self.command {
            let told = command.run(&self.json(alert)).await;
            told.map_err(|error| error.to_string())?;
        }
        written.map_err(|error| format!("the terminal was not told of an alert: {error}"))
    }

    /// What the person's program gets.
    fn json(&self, alert: &Alert) -> Value {
        let notice = notice(alert, &self.workspace);
        let runs: Vec<_> = alert.items.iter().map(run).collect();
        json!({
            "title": notice.title,
            "body": notice.body,
            "urgency": notice.urgency,
            "workspace": self.workspace,
            "at": alert.at.to_string(),
            "runs": runs,
            "more": alert.more,
        })
    }
}

fn run(item: &AlertItem) -> Value {
    json!({
        "kind": word(item.kind),
        "projectId": item.project.as_str(),
        "projectTitle": &*item.title,
        "runId": (item.kind != AlertKind::Missed).then_some(item.run.as_str()),
        "status": item.status.word(),
    })
}

/// What an alert is called in JSON.
fn word(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Countdown => "ruleCancels",
        AlertKind::Runaway => "runaway",
        AlertKind::Held => "ruleHeld",
        AlertKind::Ordered => "ruleCancelled",
        AlertKind::Would => "ruleWould",
        AlertKind::Kept => "ruleKept",
        AlertKind::Failing => "failing",
        AlertKind::Missed => "scheduleMissed",
        AlertKind::Failed => "failed",
        AlertKind::Stuck => "cancelStuck",
        AlertKind::Unrepeated => "notStartedAgain",
        AlertKind::Gone => "gone",
        AlertKind::Ended => "ended",
        AlertKind::Over => "over",
    }
}

/// The alert as one text, with the first of its runs.
fn notice(alert: &Alert, workspace: &str) -> Notice {
    let named = alert
        .items
        .iter()
        .take(NAMED)
        .map(|item| format!("{} {} {}", &*item.title, item.label(), item.what()));
    let named = named.collect::<Vec<_>>().join("; ");
    let gravest = alert.items.first().map(|item| item.kind);
    Notice {
        title: alert.words(),
        body: format!("{workspace}: {named}"),
        urgency: match gravest {
            Some(AlertKind::Countdown | AlertKind::Runaway) => Urgency::Critical,
            Some(AlertKind::Ended | AlertKind::Over | AlertKind::Gone) => Urgency::Low,
            _ => Urgency::Normal,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::Setting;
    use super::*;
    use crate::domain::{ProjectId, RunId, RunStatus};

    fn alert() -> Alert {
        let item = |kind, run: &str, status| AlertItem {
            kind,
            project: ProjectId::new("p1"),
            title: "Churn \u{1b}]0;model".into(),
            run: RunId::new(run),
            status,
            known: crate::engine::alerts::Known::default(),
        };
        Alert {
            at: "2026-11-27T03:00:00Z".parse().unwrap(),
            items: vec![
                item(AlertKind::Runaway, "b7e19c30-1", RunStatus::Running),
                item(AlertKind::Failed, "a0d4c6f2-2", RunStatus::Errored),
            ],
            more: 0,
        }
    }

    fn notifier(quiet: &str, command: &[&str]) -> Notifier {
        let command = command.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Notifier {
            workspace: "acme".to_owned(),
            terminal: Terminal::new(Setting::Osc9, |_| None),
            command: NotifyCommand::try_from(command).ok(),
            quiet: quiet.parse().unwrap(),
            zone: TimeZone::UTC,
        }
    }

    fn told(notifier: &Notifier) -> (String, Result<(), String>) {
        told_of(notifier, &alert())
    }

    fn told_of(notifier: &Notifier, alert: &Alert) -> (String, Result<(), String>) {
        let written = RefCell::new(Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(notifier.tell(alert, |bytes| {
            written.borrow_mut().extend_from_slice(bytes);
            Ok(())
        }));
        (String::from_utf8(written.into_inner()).unwrap(), result)
    }

    #[test]
    fn the_terminal_is_told_what_happened_and_nothing_in_quiet_hours() {
        let (written, result) = told(&notifier("", &[]));
        assert_eq!(result, Ok(()));
        let text = "hextop: 1 run out of hand of Churn ·]0;model; 1 run failed of Churn ·]0;model";
        assert!(written.contains(text), "{written:?}");
        assert_eq!(told(&notifier("00:00-24:00", &["false"])), (String::new(), Ok(())));
    }

    #[test]
    fn neither_the_terminal_nor_the_program_gets_the_value_of_an_input() {
        let mut alert = alert();
        for item in &mut alert.items {
            item.kind = AlertKind::Failed;
            item.known.inputs = vec![("region".to_owned(), "\"emea-7\"".to_owned())];
        }
        assert!(alert.words_on_screen().contains("region=\"emea-7\""));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("told");
        let script = format!("cat > '{0}'; echo \"$@\" >> '{0}'; env >> '{0}'", file.display());
        let (written, result) = told_of(&notifier("", &["sh", "-c", &script]), &alert);
        assert_eq!(result, Ok(()));
        let program = std::fs::read_to_string(file).unwrap();
        for told in [written, program] {
            assert!(told.contains("all with the same region") && !told.contains("emea"), "{told}");
        }
    }

    #[test]
    fn the_program_gets_json_and_its_failure_is_said_after_the_terminal_was_told() {
        let json = notifier("", &[]).json(&alert());
        assert_eq!(json["runs"][0]["kind"], "runaway");
        assert_eq!(json["runs"][1]["status"], "errored");
        assert_eq!(json["urgency"], "critical");
        assert_eq!(json["at"], "2026-11-27T03:00:00Z");
        let (written, result) = told(&notifier("", &["false"]));
        assert!(written.contains("out of hand"), "{written:?}");
        assert!(result.unwrap_err().contains("notify_command"));
    }
}
