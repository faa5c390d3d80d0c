//! The master keys in use: fixed by a setting, or those of a file, which may change while the
//! program runs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use secrecy::SecretSlice;

use super::key_file::{KeyFile, Stamp};
use super::{KeyId, Keys, SealError};

/// The master keys in use; cheap to clone.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<ArcSwap<Keys>>,
    file: Option<Arc<Watched>>,
    trouble: Arc<ArcSwapOption<String>>,
}

struct Watched {
    file: KeyFile,
    /// The file as it was when it was last read.
    seen: Mutex<Option<Stamp>>,
}

impl KeyRing {
    /// Keys that stay as they are.
    #[must_use]
    pub fn fixed(keys: Keys) -> Self {
        Self { keys: Arc::new(ArcSwap::from_pointee(keys)), file: None, trouble: Arc::default() }
    }

    /// The keys of a file, as just read from it.
    #[must_use]
    pub fn of_file(file: KeyFile, keys: Keys) -> Self {
        let seen = Mutex::new(file.stamp());
        Self { file: Some(Arc::new(Watched { file, seen })), ..Self::fixed(keys) }
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn first_id(&self) -> KeyId {
        self.current().first_id()
    }

    /// The names of all keys that open.
    #[must_use]
    pub fn ids(&self) -> Vec<KeyId> {
        self.current().ids().collect()
    }

    /// Seals `plain` for the row that `row` names, under the first key.
    #[must_use]
    pub fn seal(&self, row: &str, plain: &[u8]) -> Vec<u8> {
        self.current().seal(row, plain)
    }

    /// Opens what was sealed for the row that `row` names.
    ///
    /// # Errors
    /// When the key is not here, or the value is not one that was sealed for that row.
    pub fn open(&self, row: &str, value: &[u8]) -> Result<SecretSlice<u8>, SealError> {
        match self.keys.load().open(row, value) {
            // The file may have a newer key than this process has seen.
            Err(SealError::UnknownKey(_)) => self.current().open(row, value),
            opened => opened,
        }
    }

    /// Opens a value and seals it under the first key.
    ///
    /// # Errors
    /// As [`KeyRing::open`].
    pub fn reseal(&self, row: &str, value: &[u8]) -> Result<Vec<u8>, SealError> {
        self.current().reseal(row, value)
    }

    /// The secret that follows from the first key.
    pub(super) fn derived(&self) -> SecretSlice<u8> {
        self.keys.load().derived().clone()
    }

    /// Takes note of a change of the key's file.
    pub fn look(&self) {
        self.current();
    }

    /// What would keep the next start from using the key's file, where keys come from one: it is
    /// gone, or was changed into something else. This program keeps the keys that it has.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let watched = self.file.as_ref()?;
        if watched.file.stamp().is_none() {
            return Some("is gone".to_owned());
        }
        self.current();
        self.trouble.load_full().map(|trouble| (*trouble).clone())
    }

    fn say(&self, trouble: &str) {
        if self.trouble.load().as_ref().is_none_or(|known| **known != trouble) {
            tracing::error!(trouble, "the master key's file has changed and is not used");
            self.trouble.store(Some(Arc::new(trouble.to_owned())));
        }
    }

    /// The keys, read anew when their file has changed. Keys that it held before go on opening:
    /// another process may have sealed under one of them a moment ago.
    fn current(&self) -> Arc<Keys> {
        let Some(watched) = &self.file else { return self.keys.load_full() };
        let stamp = watched.file.stamp();
        let mut seen = watched.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_some() && *seen != stamp {
            match watched.file.read() {
                Ok(Some(keys)) => {
                    let known = self.keys.load_full();
                    // A rotation keeps the key that was there beside the new one for a while: this
                    // is another file.
                    if !keys.ids().any(|id| known.ids().any(|other| other == id)) {
                        drop(seen);
                        self.say("holds none of the keys that this program has");
                        return known;
                    }
                    self.trouble.store(None);
                    if keys.first_id() != known.first_id() {
                        tracing::info!(key = %keys.first_id(), "the key file has a new master key");
                    }
                    self.keys.store(Arc::new(keys.and(&known)));
                    *seen = stamp;
                }
                Ok(None) => {}
                Err(error) => self.say(&error.to_string()),
            }
        }
        self.keys.load_full()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({:?})", self.keys.load())
    }
}
