//! `hextop screenshot`: the dashboard of a simulated workspace as text or SVG.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::{Result, WrapErr, eyre};
use ratatui::layout::Size;

use super::sim::WorldArgs;
use crate::cli::test_app::{TestApp, text};
use crate::cli::{FAILED, Usage, complain, print, svg};
use crate::engine::Settings;
use crate::ui::theme::{NAMES, Roles};

/// What to draw.
#[derive(Args, Debug)]
pub(in crate::cli) struct ScreenshotArgs {
    /// Width and height in characters
    #[arg(long, value_name = "WxH", default_value = "120x36", value_parser = size)]
    size: Size,
    /// Virtual seconds that have passed since the start
    #[arg(long, value_name = "SECONDS", default_value_t = 45, value_parser = clap::value_parser!(u64).range(..=86_400))]
    after: u64,
    /// Keys pressed then, separated by spaces, such as "X" or "t ctrl-n"
    #[arg(long, value_name = "KEYS")]
    keys: Option<String>,
    /// The colours: terminal, dark, light, high-contrast or colour-blind
    #[arg(long, value_name = "NAME", default_value = "terminal", value_parser = roles)]
    theme: &'static Roles,
    /// Write to this file, as SVG if its name ends so; otherwise text goes to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    world: WorldArgs,
}

pub(super) fn run(args: &ScreenshotArgs) -> Result<ExitCode> {
    let (scenario, seed) = args.world.scenario().wrap_err(Usage)?;
    let mut stage = TestApp::new(&scenario, seed, Settings::default(), args.size);
    stage.state.show_in(args.theme);
    stage.run_for(Duration::from_secs(args.after));
    if let Some(keys) = &args.keys {
        stage.press(keys).map_err(|reason| eyre!(reason)).wrap_err(Usage)?;
    }
    let buffer = stage.screen(args.size)?;
    let Some(file) = &args.out else { return Ok(ExitCode::from(print(&text(&buffer)))) };
    let picture = if file.extension().is_some_and(|ending| ending == "svg") {
        svg::draw(&buffer)
    } else {
        text(&buffer)
    };
    Ok(match std::fs::write(file, picture) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("cannot write {}: {error}", file.display()), FAILED),
    })
}

fn roles(name: &str) -> Result<&'static Roles, String> {
    Roles::named(name).ok_or_else(|| format!("`{name}` is none of {}", NAMES.join(", ")))
}

fn size(text: &str) -> Result<Size, String> {
    let wrong = || format!("`{text}` is no size; write 120x36");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let size = Size {
        width: width.parse().map_err(|_| wrong())?,
        height: height.parse().map_err(|_| wrong())?,
    };
    let fits = (1..=500).contains(&size.width) && (1..=300).contains(&size.height);
    fits.then_some(size).ok_or_else(|| format!("`{text}` is out of range: at most 500x300"))
}
