//! Noticing that files of settings have changed while the program runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_secs(2);

/// What tells one state of a file from another; none if it is not there.
type Stamp = Option<(SystemTime, u64, u64)>;

fn stamp(file: &Path) -> Stamp {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.modified().ok()?, meta.len(), meta.ino()))
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|file| stamp(file)).collect()
}

/// Files that are looked at every two seconds.
#[derive(Debug)]
pub struct Watch {
    files: Vec<PathBuf>,
    /// What they were like when a change was told last, and when they were looked at last.
    before: Vec<Stamp>,
    seen: Vec<Stamp>,
}

impl Watch {
    /// Looks at these files from now on.
    pub fn on(files: Vec<PathBuf>) -> Self {
        let before = stamps(&files);
        Self { seen: before.clone(), before, files }
    }

    /// Comes when one of them has changed and is the same in two looks. They are looked at in a thread of its own: a file system that does not
    /// answer holds nothing up.
    pub async fn changed(&mut self) {
        loop {
            tokio::time::sleep(PERIOD).await;
            let looked = self.files.clone();
            // The runtime is ending where that fails.
            let Ok(now) = tokio::task::spawn_blocking(move || stamps(&looked)).await else {
                continue;
            };
            // What is still being written is not read.
            let is_settled = std::mem::replace(&mut self.seen, now.clone()) == now;
            if is_settled && now != self.before {
                self.before = now;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_written_replaced_or_removed_is_noticed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let [file, other] = ["config.toml", "other"].map(|name| dir.path().join(name));
        std::fs::write(&file, "a").unwrap();
        let mut watch = Watch::on(vec![file.clone()]);
        let mut next = async || tokio::time::timeout(PERIOD * 5, watch.changed()).await.is_ok();
        assert!(!next().await, "nothing has changed");
        std::fs::write(&file, "ab").unwrap();
        assert!(next().await);
        std::fs::write(&other, "cd").unwrap();
        assert!(!next().await, "another file");
        std::fs::rename(&other, &file).unwrap();
        assert!(next().await, "the same length, another file");
        std::fs::remove_file(&file).unwrap();
        assert!(next().await && !next().await, "told once");
    }
}
