//! Identifiers in the vendors' forms, drawn from a seeded sequence: the same calls give the same
//! ids.

const HEX: &[u8; 16] = b"0123456789abcdef";
const NANO: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// A deterministic sequence of identifiers.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number of the sequence (splitmix64).
    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let drawn = self.number() % (bound.max(1) as u64);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// 24 hexadecimal characters.
    pub(crate) fn hex24(&mut self) -> String {
        self.text(HEX, 24)
    }

    /// A UUID of version 4 in its form.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.text(HEX, 30);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..])
    }

    /// 21 characters of the nano id alphabet.
    pub(crate) fn nano(&mut self) -> String {
        self.text(NANO, 21)
    }

    /// A long secret-looking text.
    pub(crate) fn secret(&mut self) -> String {
        self.text(NANO, 43)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut text = String::with_capacity(length);
        for _ in 0..length {
            text.push(char::from(alphabet[self.below(alphabet.len())]));
        }
        text
    }
}
