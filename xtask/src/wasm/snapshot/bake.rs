//! Rewriting a core module: expose its state for the run, and write the state back afterwards.

use std::ops::Range;

use anyhow::{Context, Result, anyhow, bail, ensure};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    ConstExpr, DataCountSection, DataSection, DataSegment, DataSegmentMode, ExportKind,
    ExportSection, GlobalSection, MemorySection, Module, RawSection,
};
use wasmi::Val;
use wasmparser::{DataKind, ExternalKind, Operator, Parser, Payload, TypeRef, ValType};

use super::host::{State, global_export};
use crate::wasm::inspect::{self, Kind};

const PAGE: usize = 65536;

/// A zero run of at least this many bytes ends a data segment. Measured on CPython with a heap of
/// 26 MB, data section raw / gzipped: 8 bytes make 211961 segments, 16.49 / 6.76 MB; 64 bytes 2354
/// segments, 17.60 / 5.98 MB; 4096 bytes 12 segments, 18.08 / 5.98 MB.
const GAP: usize = 64;

/// How many segments there may be; longer zero runs are stored when there would be more. Engines
/// refuse modules with more than 100 000.
const MAX_SEGMENTS: usize = 20_000;

/// What must be known of a module before it runs.
pub struct Shape {
    /// The type of each mutable global by index.
    globals: Vec<(u32, ValType)>,
    /// For each data segment of the module: is it passive?
    passive: Vec<bool>,
}

impl Shape {
    /// Reads `core`, and refuses what [`super::snapshot`] cannot represent.
    pub fn of(core: &[u8], entry: &str) -> Result<Shape> {
        let kind = inspect::check_header(core)?;
        ensure!(kind == Kind::Module, "pre-initialisation needs a core module, not a {kind}");
        let mut shape = Shape { globals: Vec::new(), passive: Vec::new() };
        let mut memories = 0;
        let mut memory_exported = false;
        let mut entry_exported = false;
        for payload in Parser::new(0).parse_all(core) {
            match payload.map_err(inspect::parse_error)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(inspect::parse_error)?;
                        if !matches!(import.ty, TypeRef::Func(_)) {
                            let (module, name) = (import.module, import.name);
                            bail!("the module imports `{module}` `{name}`, which is no function");
                        }
                    }
                }
                Payload::MemorySection(section) => {
                    memories = section.count();
                    for memory in section {
                        let memory = memory.map_err(inspect::parse_error)?;
                        let plain =
                            !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
                        ensure!(plain, "the module's memory is 64-bit, shared or of odd page size");
                    }
                }
                Payload::GlobalSection(section) => {
                    for (index, global) in (0..).zip(section) {
                        let ty = global.map_err(inspect::parse_error)?.ty;
                        if ty.mutable {
                            let baked = !matches!(ty.content_type, ValType::Ref(_));
                            ensure!(
                                baked,
                                "mutable global {index} holds a reference, which no data can"
                            );
                            shape.globals.push((index, ty.content_type));
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.map_err(inspect::parse_error)?;
                        memory_exported |=
                            export.name == "memory" && export.kind == ExternalKind::Memory;
                        entry_exported |= export.name == entry && export.kind == ExternalKind::Func;
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for op in body.get_operators_reader().map_err(inspect::parse_error)? {
                        refuse_table_changes(&op.map_err(inspect::parse_error)?)?;
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data.map_err(inspect::parse_error)?;
                        shape.passive.push(matches!(data.kind, DataKind::Passive));
                    }
                }
                _ => {}
            }
        }
        ensure!(memories == 1, "the module must define one memory, it defines {memories}");
        ensure!(memory_exported, "the module does not export its memory as `memory`");
        ensure!(entry_exported, "the module does not export a function `{entry}`");
        Ok(shape)
    }

    /// The indices of the mutable globals.
    pub fn mutable_globals(&self) -> Vec<u32> {
        self.globals.iter().map(|(index, _)| *index).collect()
    }
}

/// Tables are rebuilt from their element segments; a guest that writes to one would lose that.
fn refuse_table_changes(op: &Operator<'_>) -> Result<()> {
    let name = match op {
        Operator::TableSet { .. } => "table.set",
        Operator::TableGrow { .. } => "table.grow",
        Operator::TableFill { .. } => "table.fill",
        Operator::TableCopy { .. } => "table.copy",
        Operator::TableInit { .. } => "table.init",
        _ => return Ok(()),
    };
    bail!("the module contains {name}: tables that change cannot be baked")
}

/// `core` with every mutable global exported, so that the host can read it after the run.
pub fn expose(core: &[u8], shape: &Shape) -> Result<Vec<u8>> {
    rewrite(core, |module, payload| {
        let Payload::ExportSection(section) = payload else { return Ok(false) };
        let mut exports = ExportSection::new();
        RoundtripReencoder
            .parse_export_section(&mut exports, section.clone())
            .map_err(reencode_error)?;
        for (index, _) in &shape.globals {
            exports.export(&global_export(*index), ExportKind::Global, *index);
        }
        module.section(&exports);
        Ok(true)
    })
}

/// `core` with `state` as its initial state, without start section and without the export `entry`.
pub fn bake(core: &[u8], shape: &Shape, entry: &str, state: &State) -> Result<Vec<u8>> {
    let segments = segments(&state.memory, MAX_SEGMENTS);
    let placed = place(&shape.passive, segments.len());
    let mut data_written = false;
    let mut result = rewrite(core, |module, payload| {
        match payload {
            Payload::MemorySection(section) => module.section(&memories(section.clone(), state)?),
            Payload::GlobalSection(section) => module.section(&globals(section.clone(), state)?),
            Payload::ExportSection(section) => module.section(&exports(section.clone(), entry)?),
            Payload::StartSection { .. } => module,
            Payload::DataCountSection { .. } => {
                module.section(&DataCountSection { count: u32::try_from(placed.len())? })
            }
            Payload::DataSection(section) => {
                let mut passive = Vec::new();
                for data in section.clone() {
                    passive.push(data.map_err(inspect::parse_error)?.data);
                }
                data_written = true;
                module.section(&data(&placed, &passive, &segments, &state.memory)?)
            }
            _ => return Ok(false),
        };
        Ok(true)
    })?;
    if !data_written && !segments.is_empty() {
        // No data section to replace. It is the last one that has an order, so it may stand at the end.
        let mut module = Module::new();
        module.section(&data(&placed, &[], &segments, &state.memory)?);
        result.extend_from_slice(&module.as_slice()[Module::HEADER.len()..]);
    }
    Ok(result)
}

/// Copies the sections of `core`, except those that `replace` says it has dealt with.
fn rewrite(
    core: &[u8],
    mut replace: impl FnMut(&mut Module, &Payload<'_>) -> Result<bool>,
) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload.map_err(inspect::parse_error)?;
        if replace(&mut module, &payload)? {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: inspect::slice(core, range)? });
        }
    }
    Ok(module.finish())
}

fn memories(section: wasmparser::MemorySectionReader<'_>, state: &State) -> Result<MemorySection> {
    let mut memories = MemorySection::new();
    for memory in section {
        let memory = memory.map_err(inspect::parse_error)?;
        let mut memory = RoundtripReencoder.memory_type(memory).map_err(reencode_error)?;
        memory.minimum = memory.minimum.max((state.memory.len() / PAGE) as u64);
        memories.memory(memory);
    }
    Ok(memories)
}

fn globals(section: wasmparser::GlobalSectionReader<'_>, state: &State) -> Result<GlobalSection> {
    let mut globals = GlobalSection::new();
    for (index, global) in (0..).zip(section) {
        let global = global.map_err(inspect::parse_error)?;
        let init = match state.globals.get(&index) {
            Some(value) => constant(value).with_context(|| format!("global {index}"))?,
            None => RoundtripReencoder.const_expr(global.init_expr).map_err(reencode_error)?,
        };
        globals.global(RoundtripReencoder.global_type(global.ty).map_err(reencode_error)?, &init);
    }
    Ok(globals)
}

fn constant(value: &Val) -> Result<ConstExpr> {
    Ok(match value {
        Val::I32(value) => ConstExpr::i32_const(*value),
        Val::I64(value) => ConstExpr::i64_const(*value),
        Val::F32(value) => ConstExpr::f32_const(wasm_encoder::Ieee32::new(value.to_bits())),
        Val::F64(value) => ConstExpr::f64_const(wasm_encoder::Ieee64::new(value.to_bits())),
        other => bail!("a value of type {:?} cannot be baked", other.ty()),
    })
}

fn exports(section: wasmparser::ExportSectionReader<'_>, entry: &str) -> Result<ExportSection> {
    let mut exports = ExportSection::new();
    for export in section {
        let export = export.map_err(inspect::parse_error)?;
        if export.name != entry {
            RoundtripReencoder.parse_export(&mut exports, export).map_err(reencode_error)?;
        }
    }
    Ok(exports)
}

/// What stands at one index of the new data section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The passive segment that the module has there: code refers to it by index.
    Passive(usize),
    /// One of the new active segments.
    Active(usize),
    /// Nothing: an active segment stood there, and like that one it is of length 0 for `memory.init`.
    Empty,
}

/// Lays `actives` new segments over the places of the old active ones, and the rest behind.
fn place(passive: &[bool], actives: usize) -> Vec<Place> {
    let mut next = 0..actives;
    let mut placed: Vec<Place> = passive
        .iter()
        .enumerate()
        .map(|(index, &passive)| match passive {
            true => Place::Passive(index),
            false => next.next().map_or(Place::Empty, Place::Active),
        })
        .collect();
    placed.extend(next.map(Place::Active));
    // No code can refer to an index behind the last passive segment.
    while placed.last() == Some(&Place::Empty) {
        placed.pop();
    }
    placed
}

fn data(
    placed: &[Place],
    passive: &[&[u8]],
    segments: &[Range<usize>],
    memory: &[u8],
) -> Result<DataSection> {
    let mut section = DataSection::new();
    for place in placed {
        match place {
            Place::Passive(index) => section.passive(passive[*index].iter().copied()),
            Place::Empty => section.passive([]),
            Place::Active(index) => {
                let range = segments[*index].clone();
                // i32.const takes the address's bit pattern.
                let offset = ConstExpr::i32_const(u32::try_from(range.start)?.cast_signed());
                section.segment(DataSegment {
                    mode: DataSegmentMode::Active { memory_index: 0, offset: &offset },
                    data: memory[range].iter().copied(),
                })
            }
        };
    }
    Ok(section)
}

/// The parts of `memory` that are worth storing: everything but zero runs of [`GAP`] bytes and more,
/// or of the least power of two times that with which there are no more than `max` parts.
fn segments(memory: &[u8], max: usize) -> Vec<Range<usize>> {
    let mut segments = runs(memory, GAP);
    let mut gap = GAP;
    while segments.len() > max {
        gap *= 2;
        let mut merged: Vec<Range<usize>> = Vec::new();
        for next in segments {
            match merged.last_mut() {
                Some(last) if next.start - last.end < gap => last.end = next.end,
                _ => merged.push(next),
            }
        }
        segments = merged;
    }
    segments
}

/// The ranges of `memory` between zero runs of `gap` bytes and more.
fn runs(memory: &[u8], gap: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < memory.len() {
        // Zeros are skipped a word at a time; most of a fresh heap is zeros.
        if memory[at] == 0 {
            at += match memory[at..].first_chunk::<8>() {
                Some([0, 0, 0, 0, 0, 0, 0, 0]) => 8,
                _ => 1,
            };
            continue;
        }
        let start = at;
        while at < memory.len() && memory[at] != 0 {
            at += 1;
        }
        match runs.last_mut() {
            Some(last) if start - last.end < gap => last.end = at,
            _ => runs.push(start..at),
        }
    }
    runs
}

fn reencode_error(error: wasm_encoder::reencode::Error) -> anyhow::Error {
    match error {
        wasm_encoder::reencode::Error::ParseError(error) => inspect::parse_error(error),
        other => anyhow!("malformed binary: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_zero_runs_stay_inside_a_segment() {
        let mut memory = vec![0; 3 * PAGE];
        memory[100] = 1;
        memory[100 + GAP] = 2;
        memory[1000..1010].fill(7);
        memory[3 * PAGE - 1] = 9;
        let expected = [100..101 + GAP, 1000..1010, 3 * PAGE - 1..3 * PAGE];
        assert_eq!(segments(&memory, 3), expected);
        assert_eq!(segments(&[0; 64], 3), []);
        assert_eq!(segments(&[], 3), []);
    }

    #[test]
    fn scattered_memory_stays_below_the_limit_of_segments() {
        let mut memory = vec![0; 64 * 1024];
        memory.iter_mut().step_by(256).for_each(|byte| *byte = 1);
        assert_eq!(segments(&memory, 256).len(), 256);
        assert_eq!(segments(&memory, 255).first(), Some(&(0..255 * 256 + 1)));
    }

    #[test]
    fn passive_segments_keep_their_index() {
        use Place::*;
        assert_eq!(place(&[false, true, false], 1), [Active(0), Passive(1)]);
        assert_eq!(place(&[false, false, true], 1), [Active(0), Empty, Passive(2)]);
        assert_eq!(place(&[true], 2), [Passive(0), Active(0), Active(1)]);
        assert_eq!(place(&[false, false], 0), []);
    }
}
