//! Shuffles of one vector. LLVM forgets the second operand of a shuffle that takes all lanes from the first, and then any local
//! stands there. Cranelift, which looks at operands, makes of that the general shuffle of two vectors, a chain of several instructions
//! where one would do.

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, Function, Instruction, Module};
use wasmparser::{CompositeInnerType, FunctionBody, Operator, Parser, Payload};

use super::inspect;

/// The lanes of one vector of bytes.
const LANES: u8 = 16;

/// The core module `core`, in which shuffles whose lanes are all of the first vector have it as the second one, too.
///
/// Nothing else changes; without such shuffles not a byte does. Fails on bytes that are no core module.
pub fn of_one_vector(core: &[u8]) -> Result<Vec<u8>> {
    let mut pass = Pass { parameters: parameters(core)?, next: 0, found: false };
    let mut module = Module::new();
    pass.parse_core_module(&mut module, Parser::new(0), core).map_err(|error| match error {
        reencode::Error::ParseError(error) => inspect::parse_error(error),
        other => anyhow!("cannot be encoded: {other}"),
    })?;
    Ok(if pass.found { module.finish() } else { core.to_vec() })
}

/// How many parameters each function that is defined has.
fn parameters(core: &[u8]) -> Result<Vec<u32>> {
    let (mut types, mut functions) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(core) {
        match payload.map_err(inspect::parse_error)? {
            Payload::TypeSection(section) => {
                for group in section {
                    let group = group.map_err(inspect::parse_error)?;
                    types.extend(group.into_types().map(|ty| match ty.composite_type.inner {
                        CompositeInnerType::Func(ty) => ty.params().len() as u32,
                        _ => 0,
                    }));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    let ty = types.get(ty.map_err(inspect::parse_error)? as usize);
                    functions.push(*ty.ok_or_else(|| anyhow!("a function has no type"))?);
                }
            }
            _ => {}
        }
    }
    Ok(functions)
}

struct Pass {
    parameters: Vec<u32>,
    /// The function whose body comes next.
    next: usize,
    found: bool,
}

impl Reencode for Pass {
    type Error = &'static str;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Self::Error>> {
        let parameters = self.parameters.get(self.next).copied();
        self.next += 1;
        let operators =
            body.get_operators_reader()?.into_iter().collect::<wasmparser::Result<Vec<_>>>()?;
        if !(1..operators.len()).any(|at| second_is_any(&operators, at)) {
            return reencode::utils::parse_function_body(self, code, body);
        }
        self.found = true;
        let mut locals = Vec::new();
        let mut copy = parameters.ok_or(reencode::Error::UserError("it has too much code"))?;
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            locals.push((count, self.val_type(ty)?));
            copy += count;
        }
        locals.push((1, wasm_encoder::ValType::V128));
        let mut function = Function::new(locals);
        for (at, operator) in operators.iter().enumerate() {
            match second_is_any(&operators, at + 1) {
                true => {
                    function.instruction(&Instruction::LocalTee(copy));
                    function.instruction(&Instruction::LocalGet(copy))
                }
                false => function.instruction(&self.instruction(operator.clone())?),
            };
        }
        code.function(&function);
        Ok(())
    }
}

/// Whether the operator at `at` is a shuffle of its first vector alone, and the second one is a local.
fn second_is_any(operators: &[Operator], at: usize) -> bool {
    let pair = at.checked_sub(1).and_then(|before| operators.get(before..=at));
    match pair {
        Some([Operator::LocalGet { .. }, Operator::I8x16Shuffle { lanes }]) => {
            lanes.iter().all(|lane| *lane < LANES)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROTATE: &str = "i8x16.shuffle 1 2 3 0 5 6 7 4 9 10 11 8 13 14 15 12";

    fn module(body: &str) -> Vec<u8> {
        let text = format!(
            "(module (func $other (param i32 i64) (local f32) nop)
                (func (export \"f\") (param v128 v128) (result v128) (local i32) {body}))"
        );
        wat::parse_str(text).unwrap()
    }

    fn becomes(before: &str, after: &str) {
        let module_of = |body: &str| strip_names(&module(body));
        assert_eq!(of_one_vector(&module_of(before)).unwrap(), module_of(after), "{before}");
    }

    fn strip_names(module: &[u8]) -> Vec<u8> {
        crate::wasm::strip::strip(module, crate::wasm::strip::Keep::Nothing).unwrap()
    }

    #[test]
    fn a_shuffle_of_one_vector_has_it_twice() {
        becomes(
            &format!("local.get 0 local.get 1 {ROTATE}"),
            &format!("(local v128) local.get 0 local.tee 3 local.get 3 {ROTATE}"),
        );
        becomes(
            &format!("local.get 0 local.get 0 v128.not local.set 0 local.get 1 {ROTATE} local.get 0 {ROTATE}"),
            &format!(
                "(local v128) local.get 0 local.get 0 v128.not local.set 0 local.tee 3 local.get 3 {ROTATE}
                local.tee 3 local.get 3 {ROTATE}"
            ),
        );
    }

    #[test]
    fn a_shuffle_of_two_stays_and_so_does_all_else() {
        for body in [
            "local.get 0 local.get 1 i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23",
            &format!("local.get 0 local.get 1 v128.not {ROTATE}"),
            "local.get 0 local.get 1 i8x16.swizzle",
        ] {
            becomes(body, body);
        }
    }
}
