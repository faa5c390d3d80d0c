//! Bearer secrets that we hand out: shown once, kept as hashes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::ids::push_hex;

/// 256 random bits in base64url, in the clear: of an MCP URL or an API token.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

impl Token {
    /// A new one, behind a prefix that tells what it is for (may be empty).
    #[must_use]
    pub fn random(prefix: &str) -> Self {
        let mut bytes = [0_u8; 32];
        rand::fill(&mut bytes);
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// A new one behind the text that all of its family begin with.
    #[must_use]
    pub(super) fn of_family(family: &str) -> Self {
        Self(format!("{family}{}", Self::random("").expose()).into())
    }

    /// The text: for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.expose())
    }
}

/// SHA-256 of a token. The token's own 256 random bits are what makes a slow hash needless.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token's text.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Reads the bytes of a row.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads hexadecimal, as notifications carry it.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Writes hexadecimal.
    #[must_use]
    pub fn to_hex(&self) -> String {
        let mut hex = String::with_capacity(64);
        push_hex(&mut hex, &self.0);
        hex
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = String::new();
        push_hex(&mut start, &self.0[..4]);
        write!(f, "TokenHash({start}…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_carry_256_bits_and_show_none_of_them_in_debug() {
        let token = Token::random("");
        assert_eq!(URL_SAFE_NO_PAD.decode(token.expose()).unwrap().len(), 32);
        assert_ne!(token.expose(), Token::random("").expose());
        assert!(!format!("{token:?}").contains(token.expose()));
    }

    #[test]
    fn hashes_survive_hexadecimal() {
        let hash = Token::random("").hash();
        assert_eq!(TokenHash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(TokenHash::from_hex("zz"), None);
    }
}
