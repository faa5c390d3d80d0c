//! The files of an SQLite database: for their owner only, whatever the umask.

use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StartError;
use crate::config::Settings;
use crate::store::Store;

/// What SQLite puts beside a database, with its mode. A master key that others could read is
/// refused instead: it has to be thought of as known.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The database's file; `None` in memory or in PostgreSQL.
#[must_use]
pub fn database_file(settings: &Settings) -> Option<PathBuf> {
    Store::file(&settings.database_url)
}

/// Makes the directory of the database where there is none. One that is there may be anyone's, and
/// stays as it is.
pub(super) fn make_directory(settings: &Settings) -> std::result::Result<(), StartError> {
    let Some(directory) =
        database_file(settings).and_then(|path| path.parent().map(Path::to_owned))
    else {
        return Ok(());
    };
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&directory);
    made.and_then(|()| std::fs::set_permissions(&directory, Permissions::from_mode(0o700)))
        .map_err(|error| StartError::File(directory, error))
}

/// Makes the database's file before SQLite does, which would leave its mode to the umask, and
/// narrows files that are there.
pub(super) fn make_private(settings: &Settings) -> std::result::Result<(), StartError> {
    let query = settings.database_url.split_once('?').map_or("", |(_, query)| query);
    let made_elsewhere = query.split('&').any(|pair| matches!(pair, "mode=ro" | "mode=memory"));
    let Some(path) = database_file(settings).filter(|_| !made_elsewhere) else { return Ok(()) };
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file
            .set_permissions(Permissions::from_mode(0o600))
            .map_err(|error| StartError::File(path.clone(), error))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StartError::File(path, error)),
    }
    let beside = BESIDE.map(|suffix| {
        let mut name = OsString::from(&path);
        name.push(suffix);
        PathBuf::from(name)
    });
    for path in [path].iter().chain(&beside) {
        match narrow(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "others can use this file, and its mode cannot be changed");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Takes a file away from everyone but its owner.
#[expect(clippy::verbose_bit_mask, reason = "a file's mode reads in octal")]
fn narrow(path: &Path) -> Result<()> {
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))?;
    tracing::warn!(path = %path.display(), mode = format!("{mode:03o}"), "others could use this file until now; it is for its owner only");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_that_others_could_use_is_narrowed_and_a_narrow_one_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        for (before, after) in [(0o666, 0o600), (0o644, 0o600), (0o600, 0o600), (0o400, 0o400)] {
            let path = directory.path().join(format!("{before:o}"));
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
            narrow(&path).unwrap();
            assert_eq!(mode(&path), after);
        }
        assert_eq!(
            narrow(&directory.path().join("absent")).unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
}
