//! The master key: from the settings, or from a file beside the SQLite database that is made on the first start.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use support::Api;

use super::{StartError, provision_with};
use crate::config::Settings;
use crate::provision::Keys;

/// The keys of these settings; a key file is made when there is none.
///
/// # Errors
/// When there is neither a setting nor a place for a file.
pub(super) fn load(settings: &Settings) -> Result<Keys, StartError> {
    if let Some(keys) = &settings.master_key {
        prepare(settings)?;
        return Ok(keys.clone());
    }
    // A database in memory takes its key with it. Settings for PostgreSQL have one.
    let Some(path) = key_file(settings) else { return parse(&Keys::random_text(), Path::new(":memory:")) };
    prepare(settings)?;
    match read(&path)? {
        Some(text) => parse(&text, &path),
        None => {
            let text = Keys::random_text();
            write_new(&path, &text).map_err(|error| StartError::File(path.clone(), error))?;
            // Another process may have been faster: what is in the file counts.
            parse(&read(&path)?.unwrap_or(text), &path)
        }
    }
}

/// Why keys could not be rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The program could not have started either.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no file to put a new key into, and only one key in the settings.
    #[error("the setting master-key must name the new key first and the old one after it, separated by a comma")]
    OneKey,
}

/// Seals every secret anew: under the first of several configured keys, or under a new one in the key file.
/// Answers how many secrets were sealed. It can be interrupted and repeated at any point.
///
/// # Errors
/// When a key is missing, or the database fails.
pub async fn rotate(settings: &Settings, apis: &'static [&'static Api]) -> Result<u64, RotateError> {
    if let Some(keys) = &settings.master_key {
        if keys.len() < 2 {
            return Err(RotateError::OneKey);
        }
        return reseal(settings, keys.clone(), apis).await;
    }
    load(settings)?;
    // A database in memory takes its key with it. Settings for PostgreSQL have one.
    let Some(path) = key_file(settings) else { return Ok(0) };
    let old = read(&path)?.unwrap_or_default();
    // A second key in the file means that an earlier rotation was interrupted: it goes on with the same new key.
    let both = if old.expose_secret().contains(',') {
        old
    } else {
        let both: SecretString = format!("{},{}", Keys::random_text().expose_secret(), old.expose_secret()).into();
        replace(&path, &both).map_err(|error| StartError::File(path.clone(), error))?;
        both
    };
    let count = reseal(settings, parse(&both, &path)?, apis).await?;
    let new: SecretString = both.expose_secret().split(',').next().unwrap_or_default().to_owned().into();
    replace(&path, &new).map_err(|error| StartError::File(path, error))?;
    Ok(count)
}

async fn reseal(settings: &Settings, keys: Keys, apis: &'static [&'static Api]) -> Result<u64, RotateError> {
    let provision = provision_with(settings, keys, apis).await?;
    let count = provision.reseal().await.map_err(StartError::from)?;
    provision.store().close().await;
    Ok(count)
}

/// The database's file; `None` in memory or in PostgreSQL.
fn database_file(settings: &Settings) -> Option<PathBuf> {
    let rest = settings.database_url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
    (!path.is_empty() && !path.contains(":memory:")).then(|| PathBuf::from(path))
}

fn key_file(settings: &Settings) -> Option<PathBuf> {
    let mut path = database_file(settings)?.into_os_string();
    path.push(".key");
    Some(path.into())
}

/// Makes the directory of the database, for its owner only.
fn prepare(settings: &Settings) -> Result<(), StartError> {
    let Some(directory) = database_file(settings).and_then(|path| path.parent().map(Path::to_owned)) else { return Ok(()) };
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory);
    made.map_err(|error| StartError::File(directory, error))
}

fn parse(text: &SecretString, path: &Path) -> Result<Keys, StartError> {
    Keys::parse(text.expose_secret()).map_err(|error| StartError::KeyFile(path.to_owned(), error.to_string()))
}

fn read(path: &Path) -> Result<Option<SecretString>, StartError> {
    let fault = |error: std::io::Error| StartError::KeyFile(path.to_owned(), error.to_string());
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    if file.metadata().map_err(fault)?.permissions().mode() & 0o077 != 0 {
        return Err(StartError::KeyFile(path.to_owned(), "others can read the file: `chmod 600` it".to_owned()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(fault)?;
    Ok(Some(text.trim().to_owned().into()))
}

fn write_new(path: &Path, text: &SecretString) -> std::io::Result<()> {
    let temporary = write_aside(path, text)?;
    // A link, unlike a renaming, does not take the place of a key that another process has just put there.
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_directory(path),
    }
}

fn replace(path: &Path, text: &SecretString) -> std::io::Result<()> {
    std::fs::rename(write_aside(path, text)?, path)?;
    sync_directory(path)
}

fn write_aside(path: &Path, text: &SecretString) -> std::io::Result<PathBuf> {
    let mut temporary = path.to_owned().into_os_string();
    temporary.push(format!(".{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(temporary.into())
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}
