//! The part of Java's object serialization that one small tree of plain objects needs.
//!
//! The grammar is closed: objects with fields, strings, enum constants, references back to them. No class is loaded
//! and nothing is resolved by name, so a stream can do no more than be long. Depth and the number of things are limited.

use super::text::Text;

/// What a stream starts with: the magic number and version 5.
pub(super) const HEADER: [u8; 4] = [0xac, 0xed, 0, 5];
pub(super) const NULL: u8 = 0x70;
pub(super) const REFERENCE: u8 = 0x71;
pub(super) const CLASS: u8 = 0x72;
pub(super) const OBJECT: u8 = 0x73;
pub(super) const STRING: u8 = 0x74;
const BLOCK: u8 = 0x77;
pub(super) const END: u8 = 0x78;
const LONG_BLOCK: u8 = 0x7a;
const LONG_STRING: u8 = 0x7c;
pub(super) const ENUM: u8 = 0x7e;

/// The number of the first thing that can be referred to.
pub(super) const FIRST_HANDLE: u32 = 0x007e_0000;

/// Flags of a class description.
pub(super) const SERIALIZABLE: u8 = 0x02;
pub(super) const ENUM_CLASS: u8 = 0x10;
const CUSTOM_WRITE: u8 = 0x01;
const EXTERNALIZABLE: u8 = 0x04;

/// Objects inside objects, and classes above classes. Checkpoint properties need 3.
const MAX_DEPTH: u32 = 12;
/// Things that can be referred to. Checkpoint properties need 18.
const MAX_HANDLES: usize = 256;
/// Fields of all classes together.
const MAX_FIELDS: usize = 1024;

/// A value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    /// The null reference.
    Null,
    /// A `boolean`.
    Bool(bool),
    /// A string.
    String(Text<'a>),
    /// An enum's class and constant.
    Enum(&'a [u8], Text<'a>),
    /// An object's class and fields, those of its topmost superclass first.
    Object(&'a [u8], Vec<(&'a [u8], Value<'a>)>),
    /// Anything else: other numbers, and references to objects.
    Other,
}

/// Why a stream was not understood, and how many bytes into it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) at: usize,
    pub(super) why: String,
}

type Parse<T> = Result<T, Unreadable>;

/// Reads one value and how many bytes it took.
pub(super) fn read(bytes: &[u8]) -> Parse<(Value<'_>, usize)> {
    let mut stream = Stream {
        bytes,
        at: 0,
        handles: Vec::with_capacity(24),
        fields: 0,
    };
    let header = stream.array::<4>()?;
    if header != HEADER {
        return fail(0, "it does not start as a Java serialization stream");
    }
    let value = stream.content(0)?;
    Ok((value, stream.at))
}

#[cold]
fn fail<T>(at: usize, why: impl Into<String>) -> Parse<T> {
    let why = why.into();
    Err(Unreadable { at, why })
}

/// Something a later part of the stream may refer to by number.
enum Handle<'a> {
    Class(Class<'a>),
    String(Text<'a>),
    Enum(&'a [u8], Text<'a>),
    /// An object, or something not complete yet.
    Other,
}

struct Class<'a> {
    name: &'a [u8],
    flags: u8,
    fields: Vec<(u8, &'a [u8])>,
    /// The place of the superclass in the handles. A hostile stream may lead in circles here.
    parent: Option<usize>,
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
    handles: Vec<Handle<'a>>,
    fields: usize,
}

impl<'a> Stream<'a> {
    fn take(&mut self, length: usize) -> Parse<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(taken) = rest.get(..length) else {
            return fail(self.bytes.len(), "it ends too early");
        };
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Parse<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Parse<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    fn text(&mut self) -> Parse<Text<'a>> {
        let length = u16::from_be_bytes(self.array()?);
        self.text_of(usize::from(length))
    }

    fn text_of(&mut self, length: usize) -> Parse<Text<'a>> {
        let start = self.at;
        match Text::from_modified_utf8(self.take(length)?) {
            Ok(text) => Ok(text),
            Err(bad) => fail(start + bad.at, bad.to_string()),
        }
    }

    /// Gives the next number to a thing.
    fn assign(&mut self, handle: Handle<'a>) -> Parse<usize> {
        if self.handles.len() == MAX_HANDLES {
            return fail(self.at, "it holds too many objects");
        }
        self.handles.push(handle);
        Ok(self.handles.len() - 1)
    }

    fn fill(&mut self, number: usize, handle: Handle<'a>) {
        if let Some(slot) = self.handles.get_mut(number) {
            *slot = handle;
        }
    }

    /// The place in `handles` that a reference names.
    fn reference(&mut self) -> Parse<usize> {
        let number = u32::from_be_bytes(self.array()?);
        match number.checked_sub(FIRST_HANDLE) {
            Some(place) if (place as usize) < self.handles.len() => Ok(place as usize),
            _ => fail(self.at - 4, "a reference to nothing"),
        }
    }

    /// Any value that is not of a primitive type.
    fn content(&mut self, depth: u32) -> Parse<Value<'a>> {
        if depth > MAX_DEPTH {
            return fail(self.at, "objects are nested too deep");
        }
        let at = self.at;
        match self.u8()? {
            NULL => Ok(Value::Null),
            REFERENCE => {
                let place = self.reference()?;
                Ok(match self.handles.get(place) {
                    Some(Handle::String(text)) => Value::String(text.clone()),
                    Some(Handle::Enum(class, constant)) => Value::Enum(class, constant.clone()),
                    _ => Value::Other,
                })
            }
            STRING => {
                let text = self.text()?;
                self.assign(Handle::String(text.clone()))?;
                Ok(Value::String(text))
            }
            LONG_STRING => {
                let length = u64::from_be_bytes(self.array()?);
                let text = self.text_of(usize::try_from(length).unwrap_or(usize::MAX))?;
                self.assign(Handle::String(text.clone()))?;
                Ok(Value::String(text))
            }
            ENUM => self.constant(at, depth),
            OBJECT => self.object(at, depth),
            token => fail(at, format!("unexpected token {token:#04x}")),
        }
    }

    fn constant(&mut self, at: usize, depth: u32) -> Parse<Value<'a>> {
        let Some(class) = self.class(depth + 1)? else {
            return fail(at, "an enum constant without class");
        };
        let number = self.assign(Handle::Other)?;
        let Value::String(constant) = self.content(depth + 1)? else {
            return fail(at, "an enum constant without name");
        };
        let name = match self.handles.get(class) {
            Some(Handle::Class(class)) if class.flags & ENUM_CLASS != 0 => class.name,
            _ => return fail(at, "an enum constant of a class that is no enum"),
        };
        self.fill(number, Handle::Enum(name, constant.clone()));
        Ok(Value::Enum(name, constant))
    }

    fn object(&mut self, at: usize, depth: u32) -> Parse<Value<'a>> {
        let Some(class) = self.class(depth + 1)? else {
            return fail(at, "an object without class");
        };
        self.assign(Handle::Other)?;
        let mut lineage = Vec::with_capacity(2);
        let mut next = Some(class);
        let mut name: &[u8] = &[];
        while let Some(place) = next {
            // A superclass may be a reference to anything, also to the class itself.
            if lineage.len() > MAX_DEPTH as usize {
                return fail(at, "a class with too many superclasses");
            }
            let Some(Handle::Class(class)) = self.handles.get(place) else {
                return fail(at, "an object of something that is no class");
            };
            if class.flags & SERIALIZABLE == 0 || class.flags & (EXTERNALIZABLE | ENUM_CLASS) != 0 {
                return fail(at, "an object of a class with its own format");
            }
            if lineage.is_empty() {
                name = class.name;
            }
            lineage.push(place);
            next = class.parent;
        }
        let mut values = Vec::with_capacity(8);
        for &place in lineage.iter().rev() {
            let mut index = 0;
            while let Some((code, field)) = self.field_of(place, index) {
                values.push((field, self.value(code, depth)?));
                index += 1;
                if values.len() > MAX_FIELDS {
                    return fail(at, "an object with too many fields");
                }
            }
            if matches!(self.handles.get(place), Some(Handle::Class(class)) if class.flags & CUSTOM_WRITE != 0)
            {
                self.annotation(depth)?;
            }
        }
        Ok(Value::Object(name, values))
    }

    fn field_of(&self, class: usize, index: usize) -> Option<(u8, &'a [u8])> {
        match self.handles.get(class) {
            Some(Handle::Class(class)) => class.fields.get(index).copied(),
            _ => None,
        }
    }

    /// A field's value, by the code of its type.
    fn value(&mut self, code: u8, depth: u32) -> Parse<Value<'a>> {
        let length = match code {
            b'Z' => return Ok(Value::Bool(self.u8()? != 0)),
            b'L' | b'[' => return self.content(depth + 1),
            b'B' => 1,
            b'C' | b'S' => 2,
            b'I' | b'F' => 4,
            _ => 8,
        };
        self.take(length)?;
        Ok(Value::Other)
    }

    /// A class description: a new one, one named before, or null. Gives its place in `handles`.
    fn class(&mut self, depth: u32) -> Parse<Option<usize>> {
        if depth > MAX_DEPTH {
            return fail(self.at, "classes are nested too deep");
        }
        let at = self.at;
        match self.u8()? {
            NULL => return Ok(None),
            REFERENCE => return self.reference().map(Some),
            CLASS => {}
            token => return fail(at, format!("unexpected token {token:#04x} for a class")),
        }
        let length = u16::from_be_bytes(self.array()?);
        let name = self.take(usize::from(length))?;
        // The version uid says only whether Java's own classes would match.
        self.take(8)?;
        let place = self.assign(Handle::Other)?;
        let flags = self.u8()?;
        let count = u16::from_be_bytes(self.array()?);
        self.fields += usize::from(count);
        if self.fields > MAX_FIELDS {
            return fail(self.at - 2, "its classes have too many fields");
        }
        let mut fields = Vec::with_capacity(usize::from(count).min(16));
        for _ in 0..count {
            let at = self.at;
            let code = self.u8()?;
            let length = u16::from_be_bytes(self.array()?);
            let field = self.take(usize::from(length))?;
            match code {
                b'L' | b'[' => {
                    let Value::String(_) = self.content(depth + 1)? else {
                        return fail(at, "a field without type");
                    };
                }
                b'Z' | b'B' | b'C' | b'S' | b'I' | b'F' | b'J' | b'D' => {}
                code => return fail(at, format!("a field of the unknown type {code:#04x}")),
            }
            fields.push((code, field));
        }
        self.annotation(depth)?;
        let parent = self.class(depth + 1)?;
        self.fill(
            place,
            Handle::Class(Class {
                name,
                flags,
                fields,
                parent,
            }),
        );
        Ok(Some(place))
    }

    /// What a class or object may append for itself, up to its end mark. Nothing here needs it.
    fn annotation(&mut self, depth: u32) -> Parse<()> {
        while let Some(&token) = self.bytes.get(self.at) {
            match token {
                END => {
                    self.at += 1;
                    return Ok(());
                }
                BLOCK => {
                    self.at += 1;
                    let length = self.u8()?;
                    self.take(usize::from(length))?;
                }
                LONG_BLOCK => {
                    self.at += 1;
                    let length = u32::from_be_bytes(self.array()?);
                    self.take(length as usize)?;
                }
                _ => {
                    self.content(depth + 1)?;
                }
            }
        }
        fail(self.bytes.len(), "it ends too early")
    }
}
