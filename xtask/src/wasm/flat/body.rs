//! A function body as a list of operators with its block structure.

use wasmparser::{FuncType, FunctionBody, Operator, Result, ValType};

/// The body of one function.
#[derive(Debug)]
pub struct Body<'a> {
    /// The index of the function.
    pub function: u32,
    /// Parameters first, then declared locals.
    pub locals: Vec<ValType>,
    pub parameters: usize,
    pub results: Vec<ValType>,
    pub ops: Vec<Operator<'a>>,
    /// The offset in the file of each operator.
    pub offsets: Vec<u64>,
    /// The offset in the file after the body.
    pub end: u64,
    /// For an operator that opens a block or continues it (`if`, `else`, `catch`, ..): where the
    /// part that it begins ends, at an `else`, `catch`, `catch_all`, `delegate` or `end`.
    /// Zero for all others.
    pub part_end: Vec<usize>,
}

impl<'a> Body<'a> {
    /// Reads `code`, the body of function `function` of type `ty`. The code must be valid.
    pub fn read(function: u32, ty: &FuncType, code: &FunctionBody<'a>) -> Result<Self> {
        let mut locals = ty.params().to_vec();
        for group in code.get_locals_reader()? {
            let (count, ty) = group?;
            locals.extend(std::iter::repeat_n(ty, count as usize));
        }
        let (mut ops, mut offsets) = (Vec::new(), Vec::new());
        for item in code.get_operators_reader()?.into_iter_with_offsets() {
            let (op, offset) = item?;
            ops.push(op);
            offsets.push(offset);
        }
        let part_end = parts(&ops);
        Ok(Body {
            function,
            locals,
            parameters: ty.params().len(),
            results: ty.results().to_vec(),
            ops,
            offsets,
            end: code.range().end,
            part_end,
        })
    }

    /// The `end` (or `delegate`) of the block that operator `at` opens or continues.
    pub fn block_end(&self, at: usize) -> usize {
        let mut at = self.part_end[at];
        while self.part_end[at] != 0 {
            at = self.part_end[at];
        }
        at
    }
}

/// Whether `op` opens a block, that is, introduces a label.
pub fn opens(op: &Operator) -> bool {
    matches!(
        op,
        Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::Try { .. }
    )
}

fn parts(ops: &[Operator]) -> Vec<usize> {
    let mut part_end = vec![0; ops.len()];
    let mut open = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        let (closes, continues) = match op {
            Operator::Else | Operator::Catch { .. } | Operator::CatchAll => (true, true),
            Operator::End | Operator::Delegate { .. } => (true, false),
            _ => (false, opens(op)),
        };
        // The last `end` closes the function, which no operator opened.
        if closes && let Some(begin) = open.pop() {
            part_end[begin] = at;
        }
        if continues {
            open.push(at);
        }
    }
    part_end
}
