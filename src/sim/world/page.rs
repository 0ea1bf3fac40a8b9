//! What a person sees who opens a `runUrl`: that this run is only simulated.
//!
//! Not part of the API: it needs no token and spends no request.

use http::StatusCode;

use crate::sim::reply::{HTML, Reply};

use super::World;

impl World {
    /// The page of a run.
    pub(super) fn page(&self, project: &str, run: &str) -> Reply {
        let found = project.parse().ok().zip(run.parse().ok());
        let found = found.and_then(|(project, run)| {
            Some((self.life.project(project)?, self.life.run(project, run)?))
        });
        let Some((project, run)) = found else {
            return Reply::text(StatusCode::NOT_FOUND, HTML, "<h1>There is no such run</h1>\n");
        };
        let (title, status) = (harmless(project.title()), run.status.word());
        let body = format!(
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n\
             <p>Run {} is {status}.</p>\n\
             <p>It is simulated: in Hex, this would be the snapshot of the run.</p>\n",
            run.id,
        );
        Reply::text(StatusCode::OK, HTML, &body)
    }
}

/// Text that means nothing to a browser.
fn harmless(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
