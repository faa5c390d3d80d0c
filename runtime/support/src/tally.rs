//! What a decoded value holds: how much of it, and how many values of no variant of their union.

use std::fmt;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The newtype by whose name values of no variant are told.
pub(crate) const UNKNOWN: &str = "support::union::Unknown";

/// What a value counts that holds no others.
const SCALAR: usize = 2;
/// What a list, an object, or nothing counts by itself.
const HOLDER: usize = 1;
/// What a member counts beside its value.
const NAME: usize = 1;

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Values that are of no variant of their union.
    pub(crate) unknown: usize,
    /// How much there is: what its values and their names count.
    pub(crate) kept: usize,
}

impl Tally {
    /// Counts what a value holds. What does not serialise holds nothing.
    pub(crate) fn of<T: Serialize>(value: &T) -> Self {
        let mut tally = Self::default();
        match value.serialize(&mut tally) {
            Ok(()) => tally,
            Err(Failed) => Self { unknown: usize::MAX, kept: 0 },
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }

    fn member<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.kept += NAME;
        value.serialize(self)
    }
}

/// A value that does not serialise.
#[derive(Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be written")
    }
}

impl std::error::Error for Failed {}

impl Error for Failed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl Serializer for &mut Tally {
    type Ok = ();
    type Error = Failed;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_bool(self, _: bool) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_i8(self, _: i8) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_i16(self, _: i16) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_i32(self, _: i32) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_i64(self, _: i64) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_u8(self, _: u8) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_u16(self, _: u16) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_u32(self, _: u32) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_u64(self, _: u64) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_f32(self, _: f32) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_f64(self, _: f64) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_char(self, _: char) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_str(self, _: &str) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_none(self) -> Result<(), Failed> {
        self.kept += HOLDER;
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Failed> {
        self.kept += HOLDER;
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failed> {
        self.kept += HOLDER;
        Ok(())
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<(), Failed> {
        self.kept += SCALAR;
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.unknown += usize::from(name == UNKNOWN);
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.kept += HOLDER;
        self.member(value)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Failed> {
        self.kept += HOLDER;
        Ok(self)
    }
}

impl SerializeSeq for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.item(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl SerializeTuple for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.item(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl SerializeTupleStruct for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.item(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl SerializeTupleVariant for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.item(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl SerializeMap for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Failed> {
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.member(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl SerializeStruct for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.member(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl SerializeStructVariant for &mut Tally {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.member(value)
    }
    fn end(self) -> Result<(), Failed> {
        Ok(())
    }
}
