//! Seals secrets for the database: XChaCha20-Poly1305 under a master key.
//!
//! A sealed value is `1`, four bytes that name the key, a nonce of 24 bytes, and the ciphertext.
//! The associated data binds it to its row, so that a sealed value moved to another row does not
//! open.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::{Digest, Sha256};

use super::ids::push_hex;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// The name of a master key: four bytes of its hash. It tells keys apart and says nothing of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; KEY_ID]);

impl KeyId {
    /// The beginning of every value that is sealed under this key.
    #[must_use]
    pub fn prefix(self) -> [u8; 1 + KEY_ID] {
        let [a, b, c, d] = self.0;
        [VERSION, a, b, c, d]
    }

    /// The key that a value which begins so is sealed under; `None` when it is no sealed value.
    #[must_use]
    pub fn of_prefix(prefix: &[u8]) -> Option<Self> {
        let (&version, id) = prefix.split_first()?;
        (version == VERSION).then_some(Self(*id.first_chunk()?))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(2 * KEY_ID);
        push_hex(&mut text, &self.0);
        f.write_str(&text)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The master keys: the first seals, every one opens.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: KeyId,
    cipher: XChaCha20Poly1305,
    derived: SecretSlice<u8>,
}

/// Why a master key or a sealed value is of no use.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// The setting is not a list of keys.
    #[error("must be 32 bytes in base64 (several, separated by commas: the first seals, all open)")]
    BadKey,
    /// Sealed under a key that is not here.
    #[error("sealed under the master key {0}, which is not configured")]
    UnknownKey(KeyId),
    /// Not what was sealed, or not for this row.
    #[error("the sealed value is damaged or belongs to another row")]
    Broken,
}

impl Keys {
    /// Reads `KEY[,KEY…]`, each 32 bytes in base64.
    ///
    /// # Errors
    /// [`SealError::BadKey`].
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let keys: Result<Vec<Key>, SealError> =
            text.split(',').map(|key| Key::parse(key.trim())).collect();
        keys.map(Self)
    }

    /// How many there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The names of the keys, in their order.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.0.iter().map(|key| key.id)
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn first_id(&self) -> KeyId {
        self.first().id
    }

    /// A secret of its own that follows from the first key.
    #[must_use]
    pub fn derived(&self) -> &SecretSlice<u8> {
        &self.first().derived
    }

    /// These keys, and behind them those of `others` that are not among them.
    #[must_use]
    pub(super) fn and(mut self, others: &Self) -> Self {
        for key in &others.0 {
            if !self.ids().any(|id| id == key.id) {
                self.0.push(key.clone());
            }
        }
        self
    }

    fn first(&self) -> &Key {
        self.0.first().expect("Keys::parse makes at least one key")
    }

    /// A new key's text.
    #[must_use]
    pub fn random_text() -> SecretString {
        let mut bytes = [0_u8; 32];
        rand::fill(&mut bytes);
        STANDARD.encode(bytes).into()
    }

    /// Seals `plain` for the row that `row` names.
    ///
    /// # Panics
    ///
    /// When `plain` is longer than the cipher's limit of 256 GiB.
    #[must_use]
    pub fn seal(&self, row: &str, plain: &[u8]) -> Vec<u8> {
        let key = self.first();
        let mut nonce = [0_u8; NONCE];
        rand::fill(&mut nonce);
        let sealed =
            key.cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: row.as_bytes() });
        let sealed = sealed.expect("a secret is far shorter than the cipher's limit of 256 GiB");
        let mut value = Vec::with_capacity(1 + KEY_ID + NONCE + sealed.len());
        value.extend_from_slice(&key.id.prefix());
        value.extend_from_slice(&nonce);
        value.extend_from_slice(&sealed);
        value
    }

    /// Opens what was sealed for the row that `row` names.
    ///
    /// # Errors
    /// When the key is not here, or the value is not what [`Keys::seal`] made for that row.
    pub fn open(&self, row: &str, value: &[u8]) -> Result<SecretSlice<u8>, SealError> {
        let (id, nonce, sealed) = parts(value).ok_or(SealError::Broken)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(SealError::UnknownKey(id))?;
        let plain =
            key.cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: row.as_bytes() });
        plain.map(SecretSlice::from).map_err(|_| SealError::Broken)
    }

    /// Whether a value is sealed under the first key.
    #[must_use]
    pub fn is_current(&self, value: &[u8]) -> bool {
        parts(value).is_some_and(|(id, ..)| self.first_id() == id)
    }

    /// Opens a value and seals it under the first key.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub fn reseal(&self, row: &str, value: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(self.seal(row, self.open(row, value)?.expose_secret()))
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, SealError> {
        let bytes: SecretSlice<u8> = STANDARD.decode(text).map_err(|_| SealError::BadKey)?.into();
        let cipher = XChaCha20Poly1305::new_from_slice(bytes.expose_secret())
            .map_err(|_| SealError::BadKey)?;
        let digest = Sha256::new()
            .chain_update(b"drawbridge master key\0")
            .chain_update(bytes.expose_secret())
            .finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        let derived = Sha256::new()
            .chain_update(b"drawbridge derived key\0")
            .chain_update(bytes.expose_secret())
            .finalize();
        Ok(Self { id: KeyId(id), cipher, derived: derived.to_vec().into() })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

fn parts(value: &[u8]) -> Option<(KeyId, [u8; NONCE], &[u8])> {
    let (prefix, rest) = value.split_at_checked(1 + KEY_ID)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    Some((KeyId::of_prefix(prefix)?, *nonce, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::parse(Keys::random_text().expose_secret()).unwrap()
    }

    #[test]
    fn a_value_opens_for_its_row_only() {
        let keys = keys();
        let sealed = keys.seal("account:a", b"secret");
        assert_eq!(keys.open("account:a", &sealed).unwrap().expose_secret(), b"secret");
        assert_eq!(keys.open("account:b", &sealed).unwrap_err(), SealError::Broken);
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let keys = keys();
        let sealed = keys.seal("r", b"secret");
        for index in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[index] ^= 1;
            assert!(keys.open("r", &broken).is_err(), "byte {index}");
        }
        for length in 0..sealed.len() {
            assert!(keys.open("r", &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn an_old_key_opens_and_the_new_one_seals() {
        let (old, new) = (Keys::random_text(), Keys::random_text());
        let before = Keys::parse(old.expose_secret()).unwrap();
        let during =
            Keys::parse(&format!("{},{}", new.expose_secret(), old.expose_secret())).unwrap();
        let after = Keys::parse(new.expose_secret()).unwrap();
        let sealed = before.seal("r", b"secret");
        assert!(!during.is_current(&sealed));
        let resealed = during.reseal("r", &sealed).unwrap();
        assert!(during.is_current(&resealed));
        assert_eq!(after.open("r", &resealed).unwrap().expose_secret(), b"secret");
        assert_eq!(after.open("r", &sealed).unwrap_err(), SealError::UnknownKey(before.first_id()));
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        for bad in ["", "AAAA", "not base64!", "AAAA,AAAA"] {
            assert_eq!(Keys::parse(bad).unwrap_err(), SealError::BadKey, "{bad}");
        }
    }
}
