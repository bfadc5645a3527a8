//! Values and their types.

use super::event::XmlElement;

/// A value with the type under which it is stored (MS-EVEN6 2.2.12.1; the numbers in brackets are its type codes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text \[0x01\].
    Str(String),
    /// Text with the NUL at its end stored too, as many sources have it \[0x01\]. It reads the same.
    StrNul(String),
    /// Text in the code page of the logging machine, as bytes: which code page, the log does not say \[0x02\].
    AnsiStr(Vec<u8>),
    /// Signed, 8 bits \[0x03\].
    I8(i8),
    /// Unsigned, 8 bits \[0x04\].
    U8(u8),
    /// Signed, 16 bits \[0x05\].
    I16(i16),
    /// Unsigned, 16 bits \[0x06\].
    U16(u16),
    /// Signed, 32 bits \[0x07\].
    I32(i32),
    /// Unsigned, 32 bits \[0x08\].
    U32(u32),
    /// Signed, 64 bits \[0x09\].
    I64(i64),
    /// Unsigned, 64 bits \[0x0a\].
    U64(u64),
    /// Floating point, 32 bits \[0x0b\].
    F32(Real<f32>),
    /// Floating point, 64 bits \[0x0c\].
    F64(Real<f64>),
    /// `true` or `false`, stored in 32 bits \[0x0d\].
    Bool(bool),
    /// Bytes, shown as hexadecimal digits \[0x0e\].
    Binary(Vec<u8>),
    /// GUID; the number's digits are the GUID's, in its written order \[0x0f\].
    Guid(u128),
    /// Size on a machine of 32 bits, shown as `0x…` \[0x10\].
    SizeT32(u32),
    /// Size on a machine of 64 bits, shown as `0x…` \[0x10\].
    SizeT64(u64),
    /// Time: 100 ns since 1601 \[0x11\].
    FileTime(u64),
    /// Time by its parts \[0x12\].
    SysTime(SysTime),
    /// SID in the form `S-1-5-21-…` \[0x13\].
    Sid(String),
    /// 32 bits, shown as `0x…` \[0x14\].
    HexU32(u32),
    /// 64 bits, shown as `0x…` \[0x15\].
    HexU64(u64),
    /// An element, as plain binary XML of its own \[0x21\]. Not for attributes.
    Xml(Box<XmlElement>),
    /// Several values of one type \[0x80 more than the type's\]. The element in which they stand is there once for each.
    Array(Array),
    /// No value \[0x00\].
    Null,
}

/// Several values of one type. [`Value`] says what the types are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "Value's variants of the same names say what they are")]
pub enum Array {
    Str(Vec<String>),
    AnsiStr(Vec<Vec<u8>>),
    I8(Vec<i8>),
    U8(Vec<u8>),
    I16(Vec<i16>),
    U16(Vec<u16>),
    I32(Vec<i32>),
    U32(Vec<u32>),
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<Real<f32>>),
    F64(Vec<Real<f64>>),
    Bool(Vec<bool>),
    Guid(Vec<u128>),
    SizeT32(Vec<u32>),
    SizeT64(Vec<u64>),
    FileTime(Vec<u64>),
    SysTime(Vec<SysTime>),
    Sid(Vec<String>),
    HexU32(Vec<u32>),
    HexU64(Vec<u64>),
}

impl Array {
    /// Its values, one by one.
    pub fn items(&self) -> Vec<Value> {
        fn each<T: Clone>(items: &[T], value: impl Fn(T) -> Value) -> Vec<Value> {
            items.iter().cloned().map(value).collect()
        }
        match self {
            Self::Str(items) => each(items, Value::Str),
            Self::AnsiStr(items) => each(items, Value::AnsiStr),
            Self::I8(items) => each(items, Value::I8),
            Self::U8(items) => each(items, Value::U8),
            Self::I16(items) => each(items, Value::I16),
            Self::U16(items) => each(items, Value::U16),
            Self::I32(items) => each(items, Value::I32),
            Self::U32(items) => each(items, Value::U32),
            Self::I64(items) => each(items, Value::I64),
            Self::U64(items) => each(items, Value::U64),
            Self::F32(items) => each(items, Value::F32),
            Self::F64(items) => each(items, Value::F64),
            Self::Bool(items) => each(items, Value::Bool),
            Self::Guid(items) => each(items, Value::Guid),
            Self::SizeT32(items) => each(items, Value::SizeT32),
            Self::SizeT64(items) => each(items, Value::SizeT64),
            Self::FileTime(items) => each(items, Value::FileTime),
            Self::SysTime(items) => each(items, Value::SysTime),
            Self::Sid(items) => each(items, Value::Sid),
            Self::HexU32(items) => each(items, Value::HexU32),
            Self::HexU64(items) => each(items, Value::HexU64),
        }
    }
}

/// A time by its parts, as `SYSTEMTIME` of Windows has them. Nothing checks that there is such a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SysTime {
    /// From 1601.
    pub year: u16,
    /// From 1.
    pub month: u16,
    /// Sunday is 0.
    pub day_of_week: u16,
    /// From 1.
    pub day: u16,
    /// From 0.
    pub hour: u16,
    /// From 0.
    pub minute: u16,
    /// From 0.
    pub second: u16,
    /// From 0.
    pub milliseconds: u16,
}

/// A floating-point number that equals what is stored like it, so that not-a-number equals itself and 0 is not -0.
#[derive(Clone, Copy, Debug)]
pub struct Real<T>(pub T);

impl PartialEq for Real<f32> {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl PartialEq for Real<f64> {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Real<f32> {}
impl Eq for Real<f64> {}

impl<T> From<T> for Real<T> {
    fn from(number: T) -> Self {
        Self(number)
    }
}
