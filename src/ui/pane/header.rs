//! The header: which workspace, what wants a person, and whether what is shown is live. Below it, one
//! line for what a person must know.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use crate::domain::Now;
use crate::domain::time::between;
use crate::engine::model::{Freshness, Health, Stage, StartStage};
use crate::engine::poll::Progress;
use crate::ui::age::OLD;
use crate::ui::command::{Context, Verb};
use crate::ui::kernels;
use crate::ui::listing;
use crate::ui::text::{about, count, fit, safe, span, width as width_of};
use crate::ui::{State, TOKEN_KEPT};

/// Columns that the workspace has before words are left out.
const PLACE: usize = 12;
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

/// What is said in the first line, and in fewer words.
struct Chip {
    words: [String; 2],
    style: Style,
}

fn status_line(state: &State, width: usize, now: Now) -> Line<'static> {
    let (health, style) = health(state, width, now);
    let (badge, badge_style) = badge(state, width);
    let chips = chips(state, width, now);
    let who = state.model.me().and_then(|me| me.email.clone()).map(|email| safe(&email));
    let workspace = match who {
        Some(who) => format!("{} · {who}", state.options.workspace),
        None => state.options.workspace.clone(),
    };
    // What says whether to trust the screen is never cut; the place gives way first, then words.
    let label = state.options.label.span(state.options.theme);
    let labelled = label.as_ref().map_or(0, Span::width);
    let fixed = width_of(&badge) + labelled + width_of(&health) + 3;
    let length = |form: usize| -> usize {
        chips.iter().filter_map(|chip| chip.words.get(form)).map(|text| width_of(text) + 2).sum()
    };
    let form = usize::from(fixed + length(0) + PLACE > width);
    let room = width.saturating_sub(fixed + length(form));
    let workspace = if room < 4 { String::new() } else { fit(&safe(&workspace), room) };
    let mut spans = vec![Span::styled(badge, badge_style)];
    spans.extend(label);
    spans.push(Span::styled(format!(" {workspace}"), Style::new()));
    let mut left =
        width.saturating_sub(spans.iter().map(Span::width).sum::<usize>() + width_of(&health) + 1);
    let mut told = Vec::new();
    for chip in chips {
        let text = chip.words.into_iter().nth(form).unwrap_or_default();
        if width_of(&text) + 2 <= left {
            left -= width_of(&text) + 2;
            told.extend([Span::styled(text, chip.style), Span::raw("  ")]);
        }
    }
    spans.push(Span::raw(" ".repeat(left)));
    spans.extend(told);
    spans.push(Span::styled(health, style));
    Line::from(spans)
}

/// What wants a person, the most urgent first.
fn chips(state: &State, width: usize, now: Now) -> Vec<Chip> {
    let theme = state.options.theme;
    let mut chips = Vec::new();
    let mut chip = |long: String, short: String, style| {
        chips.push(Chip { words: [long, short], style });
    };
    if let Some([long, short]) = state.countdown_chip(now).filter(|_| !state.layers.is_empty()) {
        chip(long, short, theme.bad());
    }
    let number = state.alarms.all();
    if number > 0 {
        let mark = theme.glyph("‼", "!");
        chip(format!("{mark} {number} out of hand"), format!("{mark}{number}"), theme.bad());
    }
    let unsettled = state.model.runless_starts().filter(|start| {
        matches!(start.entry.stage, StartStage::Unconfirmed(_) | StartStage::Ambiguous(_))
    });
    let unsettled = unsettled.count();
    if unsettled > 0 {
        chip(format!("? {unsettled} unconfirmed"), format!("?{unsettled}"), theme.bad());
    }
    let failures = state.unread.len();
    if failures > 0 {
        let mark = theme.glyph("✗", "x");
        let word = if failures == 1 { "failure" } else { "failures" };
        chip(format!("{mark} {failures} new {word}"), format!("{mark}{failures} new"), theme.bad());
    }
    if let Some((text, style)) = kernels::chip(state, now) {
        let short = text.replace("kernels ", "").replace(" of ", "/").replace(" wait", "w");
        chip(text, short, style);
    }
    let looked = refresh(state, width);
    if !looked.is_empty() {
        chip(looked.clone(), looked, Style::new());
    }
    chips
}

/// The program's name; in incident mode what matters more than that.
fn badge(state: &State, width: usize) -> (String, Style) {
    let theme = state.options.theme;
    if !state.model.is_incident() {
        return (" hextop ".to_owned(), theme.badge());
    }
    let pinned = state.model.pins_in_sight();
    let text = match width {
        60.. => format!(" incident: {pinned} pinned "),
        _ => format!(" incident {pinned} "),
    };
    (text, theme.bad().add_modifier(Modifier::REVERSED))
}

/// How far looking at everything is, while it goes on.
fn refresh(state: &State, width: usize) -> String {
    let Some(Progress { done, of }) = state.model.refresh_progress() else { return String::new() };
    let key = state.key(Context::Panes, Verb::RefreshAll);
    match width {
        100.. => format!("looked at {done} of {of} ({key} stops)"),
        60.. => format!("{key} {done}/{of}"),
        _ => String::new(),
    }
}

/// Whether what is shown is live, and how old the newest reply is; in few words where there is little room.
fn health(state: &State, width: usize, now: Now) -> (String, Style) {
    let theme = state.options.theme;
    let dot = theme.glyph("●", "*");
    let long = width >= 60;
    if state.is_frozen() {
        let ago = super::since(state.shown_now(now).boot, now);
        let mark = theme.glyph("❄", "=");
        let text = if long { format!("{mark} frozen for {ago}") } else { format!("{mark} frozen") };
        return (text, theme.warn());
    }
    let (words, style) = match state.model.health(now.boot) {
        Health::Starting => ("connecting".to_owned(), theme.warn()),
        Health::Live { at } => {
            let ago = super::since(at, now);
            if now.boot.saturating_sub(at) >= OLD {
                (format!("no answer for {ago}"), theme.warn())
            } else {
                freshness(state, &ago, long, now)
            }
        }
        Health::Locked { until } => {
            (format!("locked {}s", State::seconds_until(until, now)), theme.bad())
        }
        Health::Offline { since, .. } => {
            (format!("cut off {}", super::since(since, now)), theme.bad())
        }
        Health::TokenDoubted { .. } => ("token refused?".to_owned(), theme.bad()),
        Health::TokenRefused => ("token refused".to_owned(), theme.bad()),
    };
    (format!("{dot} {words}"), style)
}

/// The same while requests get through; `ago` is how old the newest reply is.
fn freshness(state: &State, ago: &str, long: bool, now: Now) -> (String, Style) {
    let theme = state.options.theme;
    match state.model.freshness(now) {
        Freshness::Live if long => (format!("live, {ago} ago"), theme.good()),
        Freshness::Live => ("live".to_owned(), theme.good()),
        Freshness::Unread { read, of } => (format!("{read} of {of} read"), theme.warn()),
        Freshness::Listing => ("reading the list".to_owned(), theme.warn()),
        Freshness::Nothing => ("nothing is polled".to_owned(), theme.warn()),
        Freshness::Within(bound) if long => (format!("each within {}", about(bound)), theme.warn()),
        Freshness::Within(bound) => {
            (format!("{} {}", theme.glyph("≤", "<="), about(bound)), theme.warn())
        }
        Freshness::Behind(age) if long => (format!("oldest {}", about(age)), theme.warn()),
        Freshness::Behind(age) => (about(age), theme.warn()),
        Freshness::Failing(number) if long => {
            (format!("{} failed", count(number, "look")), theme.warn())
        }
        Freshness::Failing(number) => (format!("{number} fail"), theme.warn()),
    }
}

/// What a person must know, most urgent first.
fn banner(state: &State, at: Now) -> Option<(String, Style)> {
    let theme = state.options.theme;
    let model = &state.model;
    let key = |verb| state.key(Context::Panes, verb);
    match model.health(at.boot) {
        Health::TokenDoubted { next, .. } => {
            let wait = State::seconds_until(next, at);
            let trouble = model.token_trouble().map(|why| format!(" ({why})")).unwrap_or_default();
            let text = format!(
                "Hex refused the token (401): read anew and tried again in {wait} s ({} tries \
                 now){trouble}",
                key(Verb::Refresh)
            );
            return Some((safe(&text), theme.bad()));
        }
        Health::TokenRefused => {
            let text = format!(
                "{}. Then press {}.",
                crate::api::ApiError::Unauthorized,
                key(Verb::Refresh)
            );
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
            let now = key(Verb::Refresh);
            let text = format!("For {ago}; next try in {wait} s ({now} tries now): {error}");
            return Some((safe(&text), theme.bad()));
        }
        Health::Starting | Health::Live { .. } => {}
    }
    if let Some(text) = state.countdown_words(at) {
        return Some((text, theme.bad()));
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
        let others = match state.size.width {
            100.. => "other hextop processes are not seen, and ",
            _ => "",
        };
        let why = key(Verb::Budget);
        let text = format!("The store fails: {others}the budget is kept lower ({why} tells why)");
        return Some((text, theme.warn()));
    }
    if model.is_store_busy() {
        let text = "The store is busy: the budget is kept lower until it answers, starts wait";
        return Some((text.to_owned(), theme.warn()));
    }
    if let Some(why) = model.token_trouble() {
        return Some((safe(&format!("{TOKEN_KEPT}: {why}")), theme.warn()));
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
