//! The master key: from the settings, or from a file beside the SQLite database that is made on the
//! first start.

use std::time::Duration;

use secrecy::ExposeSecret;
use support::Api;

use super::files::database_file;
use super::{StartError, provision};
use crate::config::Settings;
use crate::provision::{Actor, KeyFile, KeyRing, Keys, holds_sealed};
use crate::store::Store;

/// How long the old key stays beside the new one. A running server looks at the file whenever it
/// seals; this is longer than a statement may take, so that what it was sealing at that moment is
/// in the database.
const NOTICED: Duration = Duration::from_secs(10);

/// The keys of these settings for a database. A key file is made when there is none, unless
/// something is sealed already: a new key would open none of it.
///
/// # Errors
/// When there is neither a setting nor a file, and none can be made.
pub(super) async fn ring(settings: &Settings, store: &Store) -> Result<KeyRing, StartError> {
    if let Some(keys) = &settings.master_key {
        return Ok(KeyRing::fixed(keys.clone()));
    }
    // A database in memory takes its key with it. Settings for PostgreSQL have one.
    let Some(file) = key_file(settings) else {
        let keys = Keys::parse(Keys::random_text().expose_secret())?;
        return Ok(KeyRing::fixed(keys));
    };
    let violation = |error| StartError::KeyFile(file.path().to_owned(), error);
    let keys = match file.read().map_err(violation)? {
        Some(keys) => keys,
        None if holds_sealed(store).await? => {
            return Err(StartError::KeyMissing(file.path().to_owned()));
        }
        None => file.create().map_err(violation)?,
    };
    Ok(KeyRing::of_file(file, keys))
}

/// Why keys could not be rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The program could not have started either.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no file to put a new key into, and only one key in the settings.
    #[error(
        "the setting master-key names one key; to change it, let it name the new key first and the old one after it, separated by a comma"
    )]
    OneKey,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// Values that were sealed anew.
    pub changed: u64,
    /// Values that are still under another key.
    pub left: u64,
}

/// Seals every secret anew: under the first of several configured keys, or under a new one in the
/// key file, which keeps the old one until nothing is left under it. Servers may run meanwhile; it
/// can be interrupted and repeated at any point.
///
/// # Errors
/// When a key is missing, or the database fails.
pub async fn rotate(
    settings: &Settings,
    apis: &'static [&'static Api],
) -> Result<Rotated, RotateError> {
    if let Some(keys) = &settings.master_key {
        if keys.len() < 2 {
            return Err(RotateError::OneKey);
        }
        return Ok(noted(settings, apis, reseal(settings, apis).await?).await?);
    }
    let Some(file) = key_file(settings) else { return Ok(Rotated { changed: 0, left: 0 }) };
    // Proves the present key, or makes the first.
    provision(settings, apis).await?.store().close().await;
    let violation = |error| StartError::KeyFile(file.path().to_owned(), error);
    let _alone = file.lock().map_err(|error| violation(error.into()))?;
    file.add_new().map_err(violation)?;
    let first = reseal(settings, apis).await?;
    tokio::time::sleep(NOTICED).await;
    let last = reseal(settings, apis).await?;
    if last.left == 0 {
        file.keep_first().map_err(violation)?;
    }
    let rotated = Rotated { changed: first.changed + last.changed, left: last.left };
    Ok(noted(settings, apis, rotated).await?)
}

/// Notes in the log of acts what a rotation did.
async fn noted(
    settings: &Settings,
    apis: &'static [&'static Api],
    rotated: Rotated,
) -> Result<Rotated, StartError> {
    let provision = provision(settings, apis).await?;
    let Rotated { changed, left } = rotated;
    provision.master_key_rotated(&Actor::command_line(), changed, left).await?;
    provision.store().close().await;
    Ok(rotated)
}

async fn reseal(settings: &Settings, apis: &'static [&'static Api]) -> Result<Rotated, StartError> {
    let provision = provision(settings, apis).await?;
    let changed = provision.reseal().await?;
    let left = provision.sealed_otherwise().await?;
    provision.store().close().await;
    Ok(Rotated { changed, left })
}

fn key_file(settings: &Settings) -> Option<KeyFile> {
    let mut path = database_file(settings)?.into_os_string();
    path.push(".key");
    Some(KeyFile::at(path.into()))
}
