//! What the system allows this process, taken as far as it goes.

use tokio::signal::unix::{SignalKind, signal};

/// Files that are not connections of clients: the database, vendors, logs. Kept free out of what
/// the system allows, a quarter of little.
const KEPT: u64 = 1_280;

/// What tells this process from others that share its database: the machine's name and the number
/// of the process.
#[must_use]
pub fn node() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{}:{}", if host.is_empty() { "localhost" } else { host }, std::process::id())
}

/// Raises the number of files that may be open to what the system allows.
pub fn raise_open_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the number of open files cannot be raised");
    }
}

/// How many connections of `wanted` may be open, so that files remain for everything else; fewer
/// than wanted is said.
#[must_use]
pub fn connections(wanted: usize) -> usize {
    let Ok((files, _)) = rlimit::getrlimit(rlimit::Resource::NOFILE) else { return wanted };
    let possible = possible(files);
    if possible >= wanted {
        return wanted;
    }
    tracing::warn!(
        connections = possible,
        open_files = files,
        "fewer connections than usual: the system allows few open files (RLIMIT_NOFILE)"
    );
    possible
}

fn possible(files: u64) -> usize {
    usize::try_from(files - KEPT.min(files / 4)).unwrap_or(usize::MAX).max(1)
}

/// Makes a limit on the size of files an error of the write that meets it, instead of the end of
/// the process (SIGXFSZ).
pub fn survive_file_limits() {
    match signal(SignalKind::from_raw(libc::SIGXFSZ)) {
        // The handler stays for good; what is written fails, and whoever writes says so.
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "a limit on the size of files will end the program"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_remain_for_what_is_no_connection() {
        assert_eq!(possible(1_048_576), 1_048_576 - 1_280);
        assert_eq!(possible(16_384), 15_104);
        assert_eq!(possible(1_024), 768);
        assert_eq!(possible(0), 1);
    }
}
