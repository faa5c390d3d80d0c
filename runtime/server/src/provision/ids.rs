//! Names of rows: a prefix that says what it is, and 96 random bits.

use std::fmt;

use serde::Serialize;

macro_rules! id {
    ($(#[$about:meta])* $name:ident, $prefix:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// A new one that nobody has.
            #[must_use]
            pub fn random() -> Self {
                Self(random_id($prefix).into())
            }

            /// Reads one; `None` when no row can have it.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let rest = text.strip_prefix($prefix)?;
                let fits = rest.len() == 24 && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                fits.then(|| Self(text.into()))
            }

            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An integrated account: `acc_…`.
    AccountId,
    "acc_"
);
id!(
    /// An MCP server: `mcp_…`.
    ServerId,
    "mcp_"
);
id!(
    /// An API token: `tok_…`; not the token itself.
    ApiTokenId,
    "tok_"
);

id!(
    /// What a person let an applicant into: `adm_…`.
    AdmissionId,
    "adm_"
);

/// A prefix and 96 random bits in hexadecimal.
#[must_use]
pub fn random_id(prefix: &str) -> String {
    let mut bytes = [0_u8; 12];
    rand::fill(&mut bytes);
    let mut id = String::with_capacity(prefix.len() + 24);
    id.push_str(prefix);
    push_hex(&mut id, &bytes);
    id
}

/// Appends bytes in lower-case hexadecimal.
pub(super) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_and_nothing_else_is() {
        let id = AccountId::random();
        assert_eq!(AccountId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(ServerId::parse(id.as_str()), None);
        for bad in
            ["", "acc_", "acc_\0", "acc_00000000000000000000000G", "acc_0000000000000000000000000"]
        {
            assert_eq!(AccountId::parse(bad), None, "{bad:?}");
        }
    }
}
