//! The master key's file: made once, read by its owner only, replaced whole.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{Keys, SealError};
use crate::aside::Aside;

/// A file that holds the master key, or several while they change.
#[derive(Debug, Clone)]
pub struct KeyFile(PathBuf);

/// Why the master key's file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// Others than its owner can read it.
    #[error(
        "others can read the file: `chmod 600` it, and put another key in its place (`runtime rotate-master-key`) if someone may have"
    )]
    Readable,
    /// It holds something else.
    #[error("{0}")]
    Content(#[from] SealError),
}

/// What changes when a file is replaced or written to: its number, its size, and when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl KeyFile {
    /// The file at `path`, whether or not it exists.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Keeps other rotations out until what is answered is dropped: two at once would each take the
    /// other's new key away.
    ///
    /// # Errors
    /// When another one is under way, or the lock cannot be made.
    pub fn lock(&self) -> std::io::Result<File> {
        let mut path = self.0.clone().into_os_string();
        path.push(".lock");
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(std::io::Error::other("another rotation of the master key is under way"))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The keys; `None` when there is no file.
    ///
    /// # Errors
    /// See [`KeyFileError`], here and below.
    pub fn read(&self) -> Result<Option<Keys>, KeyFileError> {
        let Some(text) = self.text()? else { return Ok(None) };
        Ok(Some(Keys::parse(text.expose_secret())?))
    }

    /// Makes the file with a new key, unless another process is faster: what is in the file counts.
    pub fn create(&self) -> Result<Keys, KeyFileError> {
        let text = Keys::random_text();
        self.write_new(&text)?;
        let kept = self.text()?.unwrap_or(text);
        Ok(Keys::parse(kept.expose_secret())?)
    }

    /// Puts a new key in front of the one that is there. Where there are two already, an earlier
    /// change was interrupted, and goes on with the same new key.
    pub fn add_new(&self) -> Result<Keys, KeyFileError> {
        let old = self.text()?.ok_or_else(|| std::io::Error::from(ErrorKind::NotFound))?;
        if !old.expose_secret().contains(',') {
            let both = format!("{},{}", Keys::random_text().expose_secret(), old.expose_secret());
            self.replace(&both.into())?;
        }
        self.read()?.ok_or_else(|| std::io::Error::from(ErrorKind::NotFound).into())
    }

    /// Leaves only the first key in the file.
    pub fn keep_first(&self) -> Result<(), KeyFileError> {
        let text = self.text()?.ok_or_else(|| std::io::Error::from(ErrorKind::NotFound))?;
        let first = text.expose_secret().split(',').next().unwrap_or_default().to_owned();
        Ok(self.replace(&first.into())?)
    }

    /// What tells whether the file has changed; `None` when there is none.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let found = std::fs::metadata(&self.0).ok()?;
        Some(Stamp {
            inode: found.ino(),
            size: found.size(),
            seconds: found.mtime(),
            nanoseconds: found.mtime_nsec(),
        })
    }

    fn text(&self) -> Result<Option<SecretString>, KeyFileError> {
        let mut file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(KeyFileError::Readable);
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(Some(text.trim().to_owned().into()))
    }

    fn write_new(&self, text: &SecretString) -> std::io::Result<()> {
        Aside::beside(&self.0)?.publish_if_absent(&line(text))
    }

    fn replace(&self, text: &SecretString) -> std::io::Result<()> {
        Aside::beside(&self.0)?.publish(&line(text))
    }
}

fn line(text: &SecretString) -> String {
    format!("{}\n", text.expose_secret())
}
