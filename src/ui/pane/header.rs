//! The header: which workspace, how much of the budget is used, the kernels, and whether what is
//! shown is live. Below it, one line for what a person must know.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use crate::domain::Now;
use crate::domain::time::between;
use crate::engine::model::{Health, Stage};
use crate::engine::poll::Progress;
use crate::ui::State;
use crate::ui::age::OLD;
use crate::ui::command::{Context, Verb};
use crate::ui::kernels;
use crate::ui::listing;
use crate::ui::text::{count, fit, safe, span, width as width_of};

/// From this many days before its end on, a token's end is announced.
const EXPIRES_SOON: i64 = 7;

/// Lines that what must be said below the header takes, at most three.
pub(crate) fn banner_lines(state: &State) -> u16 {
    let length = banner(state, state.last).map_or(0, |(text, _)| width_of(&text));
    let width = usize::from(state.size.width).saturating_sub(8).max(1);
    u16::try_from(length.div_ceil(width)).unwrap_or(3).min(3)
}

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let [status, below] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    frame.render_widget(status_line(state, usize::from(area.width), now), status);
    if let Some((text, style)) = banner(state, now) {
        let text = Line::styled(text, style);
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), below);
    }
}

fn status_line(state: &State, width: usize, now: Now) -> Line<'static> {
    let (health, style) = health(state, now);
    let budget = budget(state, now);
    let kernels = kernels::chip(state, now);
    let (kernels, kernels_style) = kernels.unwrap_or_default();
    let gap_after = if kernels.is_empty() { "" } else { "   " };
    let refresh = refresh(state, width);
    let right = format!("{refresh}{budget}   ");
    let kernels = format!("{kernels}{gap_after}");
    let who = state.model.me().and_then(|me| me.email.clone()).map(|email| safe(&email));
    let workspace = match who {
        Some(who) => format!("{} · {who}", state.options.workspace),
        None => state.options.workspace.clone(),
    };
    // What says whether to trust the screen is never cut; the place gives way first.
    let (badge, badge_style) = badge(state, width);
    let fixed = width_of(&right) + width_of(&health) + width_of(&badge) + 2;
    let room = width.saturating_sub(fixed + width_of(&kernels));
    let right = if room == 0 { format!("{refresh}{budget}  ") } else { right };
    let kernels = if room == 0 { String::new() } else { kernels };
    let workspace = if room < 4 { String::new() } else { fit(&safe(&workspace), room) };
    let right_width = width_of(&right) + width_of(&kernels) + width_of(&health);
    let used = width_of(&badge) + width_of(&workspace) + right_width + 2;
    let gap = " ".repeat(width.saturating_sub(used));
    Line::from(vec![
        Span::styled(badge, badge_style),
        Span::raw(format!(" {workspace}{gap}")),
        Span::raw(right),
        Span::styled(kernels, kernels_style),
        Span::styled(health, style),
    ])
}

/// The program's name; in incident mode what matters more than that.
fn badge(state: &State, width: usize) -> (String, Style) {
    let theme = state.options.theme;
    if !state.model.is_incident() {
        return (" hextop ".to_owned(), theme.selected());
    }
    let pinned = state.model.pins_in_sight();
    let text = match width {
        60.. => format!(" incident: {pinned} pinned "),
        _ => format!(" incident {pinned} "),
    };
    (text, theme.bad().patch(theme.selected()))
}

/// How far looking at everything is, while it goes on.
fn refresh(state: &State, width: usize) -> String {
    let Some(Progress { done, of }) = state.model.refresh_progress() else { return String::new() };
    match width {
        100.. => format!("  looked at {done} of {of} (R stops)"),
        60.. => format!("  R {done}/{of}"),
        _ => String::new(),
    }
}

/// `requests 23/60 ▕███▌     ▏ resets 31s`
fn budget(state: &State, now: Now) -> String {
    const CELLS: u32 = 10;
    let budget = state.model.budget();
    let (used, limit) = (budget.used(now.boot), budget.limit().max(1));
    let resets = budget.resets(now.boot).map_or_else(
        String::new,
        |at| // The engine waits a second longer, for what rounding may hide.
        format!(" resets {}s", State::seconds_until(at, now).min(60)),
    );
    let theme = state.options.theme;
    let filled = (used * CELLS).div_ceil(limit).min(CELLS) as usize;
    let bar = format!(
        "{}{}",
        theme.glyph("█", "#").repeat(filled),
        theme.glyph("░", ".").repeat(CELLS as usize - filled)
    );
    if state.size.width < 100 {
        return format!("  req {used}/{limit}{}", resets.replace(" resets", ""));
    }
    format!("  requests {used}/{limit} {bar}{resets}")
}

fn health(state: &State, now: Now) -> (String, Style) {
    let theme = state.options.theme;
    let dot = theme.glyph("●", "*");
    let zone = jiff::tz::TimeZone::UTC;
    let clock = |at| {
        let ago = now.boot.saturating_sub(at);
        let wall = now.wall.checked_sub(ago).unwrap_or(now.wall);
        let format = if state.size.width < 60 { "" } else { " %H:%M:%SZ" };
        wall.to_zoned(zone.clone()).strftime(format).to_string()
    };
    if state.is_frozen() {
        return (
            format!("{} frozen{}", theme.glyph("❄", "="), clock(state.shown_now(now).boot)),
            theme.warn(),
        );
    }
    match state.model.health(now.boot) {
        Health::Starting => (format!("{dot} connecting"), theme.warn()),
        Health::Live { at } if now.boot.saturating_sub(at) < OLD => {
            (format!("{dot} live{}", clock(at)), theme.good())
        }
        Health::Live { at } => (format!("{dot} stale{}", clock(at)), theme.warn()),
        Health::Locked { until } => {
            (format!("{dot} locked {}s", State::seconds_until(until, now)), theme.bad())
        }
        Health::Offline { .. } => (format!("{dot} cut off"), theme.bad()),
        Health::TokenDoubted { .. } => (format!("{dot} token refused?"), theme.bad()),
        Health::TokenRefused => (format!("{dot} token refused"), theme.bad()),
    }
}

/// What a person must know, most urgent first.
fn banner(state: &State, at: Now) -> Option<(String, Style)> {
    let theme = state.options.theme;
    let model = &state.model;
    match model.health(at.boot) {
        Health::TokenDoubted { next, .. } => {
            let wait = State::seconds_until(next, at);
            let trouble = model.token_trouble().map(|why| format!(" ({why})")).unwrap_or_default();
            let text = format!(
                "Hex refused the token (401): read anew and tried again in {wait} s (r tries \
                 now){trouble}"
            );
            return Some((safe(&text), theme.bad()));
        }
        Health::TokenRefused => {
            let text = format!("{}. Then press r.", crate::api::ApiError::Unauthorized);
            return Some((text, theme.bad()));
        }
        Health::Locked { until } => {
            let wait = State::seconds_until(until, at);
            let cancels = model.open_cancels();
            let cancels = match cancels {
                0 => String::new(),
                number => format!("; {} first", count(number, "waiting cancel")),
            };
            let text =
                format!("Hex says too many requests (429): asking again in {wait} s{cancels}");
            return Some((text, theme.bad()));
        }
        Health::Offline { since, next, error } => {
            let (ago, wait) = (at.boot.saturating_sub(since), State::seconds_until(next, at));
            let ago = span(ago);
            // The error comes last, because it is what may be cut.
            let text = format!("For {ago}; next try in {wait} s (r tries now): {error}");
            return Some((safe(&text), theme.bad()));
        }
        Health::Starting | Health::Live { .. } => {}
    }
    if let Some(text) = stuck(state) {
        return Some((text, theme.bad()));
    }
    if let Some(error) = model.listing_error() {
        let text = format!("The list of projects could not be read: {error}");
        return Some((safe(&text), theme.bad()));
    }
    if !model.missing().is_empty() {
        let among = model.listing_cut().map(|cut| format!(" among the first {}", cut.projects));
        let text = format!(
            "No project is called {}{}: change `projects` in {}",
            model.missing().join(", "),
            among.unwrap_or_default(),
            state.options.config
        );
        return Some((safe(&text), theme.warn()));
    }
    let cut = || model.listing_cut().map(listing::cut);
    if let Some(text) = listing::nothing_published(model).or_else(cut) {
        return Some((text, theme.warn()));
    }
    if model.store_trouble().is_some() {
        // The reason may be long; the panel has the room for it.
        let text = match state.size.width {
            100.. => {
                "The store fails: other hextop processes are not seen, and the budget is kept \
                 lower (b tells why)"
            }
            _ => "The store fails: the budget is kept lower (b tells why)",
        };
        return Some((text.to_owned(), theme.warn()));
    }
    if model.is_store_busy() {
        let text = "The store is busy: the budget is kept lower until it answers, starts wait";
        return Some((text.to_owned(), theme.warn()));
    }
    if let Some(days) = token_days(state, at).filter(|days| *days <= EXPIRES_SOON) {
        let text = format!(
            "The token expires in {}: make a new one in Hex under Settings, API keys",
            count(usize::try_from(days).unwrap_or(0), "day")
        );
        return Some((text, theme.warn()));
    }
    let sweep = model.long_sweep(at.boot)?;
    let text = format!(
        "{} projects: a look at each takes {} at this budget. Choose some with `projects` in {}",
        if model.is_incident() { model.pins_in_sight() } else { model.refresh_cost() - 1 },
        span(sweep),
        state.options.config
    );
    Some((text, theme.warn()))
}

/// That cancels were given up, and why the first of them was.
fn stuck(state: &State) -> Option<String> {
    let run = state.model.stuck_cancels().next()?;
    let cancel = state.model.cancelling(run)?;
    let Stage::Stuck { reason } = &cancel.stage else { return None };
    let number = state.model.stuck_cancels().count();
    let title = state.title(&cancel.project);
    let key = |verb| state.key(Context::Panes, verb);
    let text = format!(
        "{} stuck ({} tries again, {} lets go): {} of {title}: {reason}",
        count(number, "cancel"),
        key(Verb::Cancel),
        key(Verb::LetGo),
        run.short()
    );
    Some(safe(&text))
}

fn token_days(state: &State, now: Now) -> Option<i64> {
    let expires = state.model.me()?.expires?;
    let left = between(state.model.server_now(now), expires);
    i64::try_from(left.as_secs() / 86_400).ok()
}
