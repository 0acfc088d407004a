//! Where a CPython that trapped was in the program it ran, read from its memory. CPython 3.13 has a table for
//! debuggers there that says where everything is (`_Py_DebugOffsets`); it is found by its first bytes.
//!
//! The memory is a guest's and may hold anything: each read is checked, each loop is bounded, and text is cut.

use std::fmt;

use memchr::memmem;

/// A line of a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub file: String,
    /// None where the compiler noted none.
    pub line: Option<i64>,
    pub function: String,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File \"{}\"", self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ", in {}", self.function)
    }
}

/// How a table begins.
const COOKIE: &[u8] = b"xdebugpy";
/// How many tables are tried: a program may hold the same bytes for other reasons.
const MAX_TABLES: usize = 16;
/// How many frames are read, those of CPython's own between them included.
const MAX_STEPS: usize = 64;
/// How many characters of a name are read.
const MAX_TEXT: u32 = 200;
/// How many bytes of a line table are read.
const MAX_LINE_TABLE: u32 = 1 << 20;

/// The innermost frames, at most `count`; none if there is no CPython 3.13 that runs a program.
pub fn innermost(memory: &[u8], count: usize) -> Vec<Frame> {
    let tables = memmem::find_iter(memory, COOKIE).take(MAX_TABLES);
    let mut found = tables.filter_map(|start| Runtime::at(memory, u32::try_from(start).ok()?));
    found.find_map(|runtime| runtime.frames(count)).unwrap_or_default()
}

/// Fields of `_Py_DebugOffsets`, by their place among its 64-bit words.
mod field {
    pub const VERSION: u32 = 1;
    pub const INTERPRETERS_HEAD: u32 = 5;
    pub const THREADS_HEAD: u32 = 9;
    pub const CURRENT_FRAME: u32 = 23;
    pub const FRAME_PREVIOUS: u32 = 29;
    pub const FRAME_EXECUTABLE: u32 = 30;
    pub const FRAME_INSTRUCTION: u32 = 31;
    pub const FRAME_OWNER: u32 = 33;
    pub const CODE_FILENAME: u32 = 35;
    pub const CODE_QUALNAME: u32 = 37;
    pub const CODE_LINETABLE: u32 = 38;
    pub const CODE_FIRSTLINENO: u32 = 39;
    pub const CODE_INSTRUCTIONS: u32 = 43;
    pub const BYTES_SIZE: u32 = 65;
    pub const BYTES_DATA: u32 = 66;
    pub const TEXT_STATE: u32 = 68;
    pub const TEXT_LENGTH: u32 = 69;
    pub const TEXT_ASCII_SIZE: u32 = 70;
}

/// `FRAME_OWNED_BY_CSTACK`: a frame of the interpreter's own.
const OWNED_BY_C: u8 = 3;

struct Runtime<'m> {
    memory: &'m [u8],
    /// Where the table lies, which is also where `_PyRuntime` begins.
    table: u32,
}

impl<'m> Runtime<'m> {
    fn at(memory: &'m [u8], table: u32) -> Option<Runtime<'m>> {
        let runtime = Runtime { memory, table };
        let version = runtime.offset(field::VERSION)?;
        (version >> 16 == 0x030d).then_some(runtime)
    }

    fn frames(&self, count: usize) -> Option<Vec<Frame>> {
        let interpreter = self.pointer(self.table, field::INTERPRETERS_HEAD)?;
        let thread = self.pointer(interpreter, field::THREADS_HEAD)?;
        let mut frame = self.pointer(thread, field::CURRENT_FRAME)?;
        let mut found = Vec::new();
        for _ in 0..MAX_STEPS {
            if frame == 0 || found.len() == count {
                break;
            }
            if self.byte(self.add(frame, field::FRAME_OWNER)?)? != OWNED_BY_C {
                found.extend(self.frame(frame));
            }
            frame = self.pointer(frame, field::FRAME_PREVIOUS)?;
        }
        Some(found)
    }

    fn frame(&self, frame: u32) -> Option<Frame> {
        let code = self.pointer(frame, field::FRAME_EXECUTABLE)?;
        let instruction = self.pointer(frame, field::FRAME_INSTRUCTION)?;
        let unit = instruction.checked_sub(self.add(code, field::CODE_INSTRUCTIONS)?)? / 2;
        Some(Frame {
            file: self.text(self.pointer(code, field::CODE_FILENAME)?)?,
            line: self.line(code, unit),
            function: self.text(self.pointer(code, field::CODE_QUALNAME)?)?,
        })
    }

    /// The line of the instruction at `unit` (`Objects/locations.md` in CPython's sources).
    fn line(&self, code: u32, unit: u32) -> Option<i64> {
        let first = self.pointer(code, field::CODE_FIRSTLINENO)?;
        let table = self.pointer(code, field::CODE_LINETABLE)?;
        let size = self.pointer(table, field::BYTES_SIZE)?;
        let table = self.slice(self.add(table, field::BYTES_DATA)?, size.min(MAX_LINE_TABLE))?;
        line_at(table, i64::from(first), unit)
    }

    /// A str, with what a terminal would act on made visible by whoever shows it.
    fn text(&self, object: u32) -> Option<String> {
        let state = self.pointer(object, field::TEXT_STATE)?;
        let length = self.pointer(object, field::TEXT_LENGTH)?.min(MAX_TEXT);
        let (kind, compact, ascii) = (state >> 2 & 7, state >> 5 & 1, state >> 6 & 1);
        // Behind the header, which is larger by a length and a pointer if there may be a copy in UTF-8.
        let header = self.add(object, field::TEXT_ASCII_SIZE)?;
        let data = header.checked_add(if ascii == 1 { 0 } else { 8 })?;
        let valid = compact == 1 && matches!(kind, 1 | 2 | 4);
        let bytes = self.slice(data, length.checked_mul(kind)?).filter(|_| valid)?;
        let character = |bytes: &[u8]| {
            let mut code = [0; 4];
            code[..bytes.len()].copy_from_slice(bytes);
            char::from_u32(u32::from_le_bytes(code)).unwrap_or(char::REPLACEMENT_CHARACTER)
        };
        Some(bytes.chunks_exact(kind as usize).map(character).collect())
    }

    /// What the table says in `field`.
    fn offset(&self, field: u32) -> Option<u32> {
        let at = self.table.checked_add(field * 8)?;
        let high = self.word(at.checked_add(4)?)?;
        self.word(at).filter(|_| high == 0)
    }

    fn add(&self, start: u32, field: u32) -> Option<u32> {
        start.checked_add(self.offset(field)?)
    }

    /// The 32 bits in `field` of the structure at `start`.
    fn pointer(&self, start: u32, field: u32) -> Option<u32> {
        self.word(self.add(start, field)?)
    }

    fn slice(&self, start: u32, size: u32) -> Option<&'m [u8]> {
        let start = start as usize;
        self.memory.get(start..start.checked_add(size as usize)?)
    }

    fn word(&self, at: u32) -> Option<u32> {
        Some(u32::from_le_bytes(self.slice(at, 4)?.try_into().ok()?))
    }

    fn byte(&self, at: u32) -> Option<u8> {
        Some(self.slice(at, 1)?[0])
    }
}

/// Finds `unit` in a line table: entries of a first byte (kind and length in units) and what the kind says.
fn line_at(table: &[u8], first: i64, unit: u32) -> Option<i64> {
    const LONG: u8 = 14;
    const NO_COLUMNS: u8 = 13;
    const NONE: u8 = 15;
    let mut rest = table.iter().copied().peekable();
    let (mut line, mut end) = (first, 0u32);
    while let Some(byte) = rest.next() {
        let (kind, units) = (byte >> 3 & 15, u32::from(byte & 7) + 1);
        line = line.checked_add(match kind {
            LONG | NO_COLUMNS => signed(varint(&mut rest)?),
            10..=12 => i64::from(kind - 10),
            _ => 0,
        })?;
        // Columns; no first byte of an entry is below 0x80.
        while rest.next_if(|byte| byte & 0x80 == 0).is_some() {}
        end = end.checked_add(units)?;
        if unit < end {
            return (kind != NONE).then_some(line);
        }
    }
    None
}

/// Six bits a byte, the lowest first; bit 6 says that more follow.
fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..36).step_by(6) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 63) << shift;
        if byte & 64 == 0 {
            return Some(value);
        }
    }
    None
}

/// The lowest bit is the sign.
fn signed(value: u64) -> i64 {
    let magnitude = (value >> 1) as i64;
    if value & 1 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_kinds_of_entries() {
        let entry = |kind: u8, units: u8| 0x80 | kind << 3 | (units - 1);
        let table = [
            // 2 units, no line; 1, the same line with columns; 1, three lines on; 2, the next line but one; 1, back.
            &[entry(15, 2)][..],
            &[entry(0, 1), 0x12],
            &[entry(14, 1), 3 << 1, 0, 1, 1],
            &[entry(12, 2), 4, 9],
            &[entry(13, 1), 2 << 1 | 1],
        ]
        .concat();
        let lines: Vec<_> = (0..8).map(|unit| line_at(&table, 10, unit)).collect();
        let some = [10, 13, 15, 15, 13].map(Some);
        assert_eq!(lines, [&[None, None][..], &some, &[None]].concat());
    }

    #[test]
    fn a_damaged_line_table_has_no_lines() {
        assert_eq!(line_at(&[], 1, 0), None);
        assert_eq!(line_at(&[0xf0], 1, 0), None);
        assert_eq!(line_at(&[0xf0, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f], 1, 0), None);
    }

    #[test]
    fn memory_without_a_table_or_with_a_damaged_one_has_no_frames() {
        assert_eq!(innermost(b"", 8), []);
        assert_eq!(innermost(COOKIE, 8), []);
        let version = 0x030d_05f0_u64.to_le_bytes();
        for filler in [0, 0xff, 0x11, 0x80] {
            let mut memory = vec![filler; 5000];
            memory[100..108].copy_from_slice(COOKIE);
            memory[108..116].copy_from_slice(&version);
            assert_eq!(innermost(&memory, 8), []);
        }
    }
}
