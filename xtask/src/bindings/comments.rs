//! Doc comments of a contract as comments of C. wit-bindgen-c writes each line behind `// `, as it is.

use wit_parser::{Docs, Resolve, TypeDefKind, WorldItem};

/// Makes every doc comment one that ends, as a `//` comment of C, with its line. What it says stays the same.
pub fn make_safe(resolve: &mut Resolve) {
    for (_, world) in resolve.worlds.iter_mut() {
        for item in world.imports.values_mut().chain(world.exports.values_mut()) {
            if let WorldItem::Function(function) = item {
                mend(&mut function.docs);
            }
        }
    }
    for (_, interface) in resolve.interfaces.iter_mut() {
        interface.functions.values_mut().for_each(|function| mend(&mut function.docs));
    }
    for (_, definition) in resolve.types.iter_mut() {
        mend(&mut definition.docs);
        match &mut definition.kind {
            TypeDefKind::Record(record) => {
                record.fields.iter_mut().for_each(|field| mend(&mut field.docs))
            }
            TypeDefKind::Flags(flags) => {
                flags.flags.iter_mut().for_each(|flag| mend(&mut flag.docs))
            }
            TypeDefKind::Variant(variant) => {
                variant.cases.iter_mut().for_each(|case| mend(&mut case.docs))
            }
            TypeDefKind::Enum(enum_) => {
                enum_.cases.iter_mut().for_each(|case| mend(&mut case.docs))
            }
            _ => {}
        }
    }
}

fn mend(docs: &mut Docs) {
    if let Some(text) = &docs.contents {
        docs.contents = Some(safe(text));
    }
}

fn safe(text: &str) -> String {
    // A carriage return ends a line of C, too.
    let text =
        text.replace("\r\n", "\n").replace(|c: char| c.is_control() && c != '\n' && c != '\t', " ");
    let lines: Vec<_> = text.split('\n').map(safe_line).collect();
    lines.join("\n")
}

/// A backslash at the end, or the trigraph for one, would make the next line a part of the comment; compilers look
/// behind blanks for it.
fn safe_line(line: &str) -> String {
    let said = line.trim_end();
    if said.ends_with('\\') || said.ends_with("??/") {
        format!("{said} //")
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_goes_on_in_the_next_one() {
        for (line, mended) in [
            (r"the file C:\tmp\", r"the file C:\tmp\ //"),
            ("blanks \\ \t ", r"blanks \ //"),
            (r"a \\", r"a \\ //"),
            ("what??/", "what??/ //"),
            ("one\rint x;", "one int x;"),
            ("one\\\r\ntwo", "one\\ //\ntwo"),
            ("a\\b */ /* ??/ // {", "a\\b */ /* ??/ // {"),
            ("  kept  \n\n as it is", "  kept  \n\n as it is"),
        ] {
            assert_eq!(safe(line), mended, "{line:?}");
        }
    }
}
