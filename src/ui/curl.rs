//! A start as the command that a person can paste into a shell.
//!
//! The token stands in a variable and secrets are masked; everything else is quoted for any POSIX
//! shell.

use crate::api::{Call, PathStyle};
use crate::domain::{ProjectId, StartRun};

/// The command that sends `start` to the API at `root`.
pub(crate) fn command(
    root: &str,
    project: &ProjectId,
    start: &StartRun,
    style: PathStyle,
) -> String {
    let call = Call::Trigger { project: project.clone(), start: start.clone() };
    let request = call.request(style);
    let url = quoted(&format!("{}{}", root.trim_end_matches('/'), request.uri()));
    let body = quoted(&start.shown_body().to_string());
    format!(
        "curl -X POST {url} -H \"Authorization: Bearer $HEX_API_TOKEN\" \
         -H 'Content-Type: application/json' --data-raw {body}"
    )
}

/// One word for a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Draft;
    use crate::domain::inputs::{Body, Origin};

    #[test]
    fn a_command_holds_no_token_and_no_shell_can_misread_it() {
        let now = "2026-11-24T10:00:00[UTC]".parse().unwrap();
        let body = Body::parse(r#"{"inputParams": {"who": "it's $(rm) `x`"}}"#).unwrap();
        let mut draft = Draft::default();
        draft.take(&body, &Origin::Typed, &now);
        let start = draft.finish(&now).unwrap();
        let project = ProjectId::new("p'1");
        assert_eq!(
            command("https://app.hex.tech/api/", &project, &start, PathStyle::Legacy),
            "curl -X POST 'https://app.hex.tech/api/v1/project/p%271/run' \
             -H \"Authorization: Bearer $HEX_API_TOKEN\" -H 'Content-Type: application/json' \
             --data-raw '{\"inputParams\":{\"who\":\"it'\\''s $(rm) `x`\"}}'"
        );
    }
}
