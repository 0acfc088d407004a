//! Exceptions of a part do not reach another. composectl's engine is built without exceptions, so this looks at the code.

use wasmparser::{Operator, Parser, Payload};

use super::guests::{Contract, Function, Guest, Returns, call};
use super::{component, fuse};

const CONTRACT: Contract = Contract {
    resources: &["thing"],
    types: &[],
    functions: &[
        Function {
            name: "[constructor]thing",
            ty: "(result (own $thing))",
            params: 0,
            returns: Returns::Value,
            body: "(call $new-thing (i32.const 7))",
        },
        Function {
            name: "burst",
            ty: "(param \"x\" u32) (result u32)",
            params: 1,
            returns: Returns::Value,
            body: "(throw $tag)",
        },
    ],
};

/// How many calls are made within a `try_table` that catches all, in code that was not there before.
fn barriers(bytes: &[u8]) -> usize {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
        let operators: Vec<_> = body.get_operators_reader().unwrap().into_iter().collect();
        for pair in operators.windows(2) {
            if let [Ok(Operator::TryTable { try_table }), Ok(Operator::Call { .. })] = pair {
                let all = |catch: &_| matches!(catch, wasmparser::Catch::All { .. });
                count += usize::from(try_table.catches.iter().any(all));
            }
        }
    }
    count
}

#[test]
fn calls_of_a_part_with_exceptions_stop_them() {
    let guest = Guest::default();
    let body = format!("(drop {}) {}", call("burst", &["1"]), call("[constructor]thing", &[]));
    let text = CONTRACT.composed(&guest, &guest, &body);
    let throws = text.replacen("(elem (i32.const 0)", "(tag $tag) (elem (i32.const 0)", 1);
    // Both functions, and the destructor, which either part may call.
    assert_eq!(barriers(&fuse(&component(&throws))), 4);
    let calm = text.replacen("(throw $tag)", "(i32.const 1)", 1);
    assert_eq!(barriers(&fuse(&component(&calm))), 0);
}
