//! What a cap's C has to define and does not: stubs for it, to be filled in.

use std::collections::BTreeSet;

use super::c_text::{CText, Kind};

/// A function that is not written yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Stub {
    pub name: String,
    /// Its definition, which traps.
    pub text: String,
}

/// Of the functions that the `header` of a cap's bindings declares, those that neither `generated`, the bindings' C, nor
/// `sources` define.
pub fn missing<'a>(
    header: &str,
    generated: &'a str,
    sources: impl IntoIterator<Item = &'a String>,
) -> Vec<Stub> {
    let texts = std::iter::once(generated).chain(sources.into_iter().map(String::as_str));
    let defined: BTreeSet<_> = texts.flat_map(defined).collect();
    CText::read(header)
        .declarations
        .iter()
        .filter(|declaration| declaration.kind == Kind::Declared)
        .filter(|declaration| {
            declaration.name.starts_with("exports_") && !defined.contains(declaration.name)
        })
        .filter_map(|declaration| {
            let used =
                declaration.inner.iter().map(|parameter| format!("    (void){parameter};\n"));
            let head = prototype(header, declaration.name)?;
            let text = format!(
                "{head}\n{{\n{}    __builtin_trap(); /* not written yet */\n}}\n",
                used.collect::<String>()
            );
            Some(Stub { name: declaration.name.to_owned(), text })
        })
        .collect()
}

fn defined(text: &str) -> Vec<&str> {
    let declarations = CText::read(text).declarations.into_iter();
    declarations.filter(|one| one.kind == Kind::Defined).map(|one| one.name).collect()
}

/// The line of a generated header that declares a function, without its semicolon.
fn prototype<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let call = format!("{name}(");
    let line = header.lines().find(|line| line.contains(&call))?;
    Some(line.trim_start_matches("extern ").trim_end_matches(';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\
        uint32_t exports_a_b_c_add(uint32_t one, a_cap_list_u8_t *data);\n\
        void exports_a_b_c_none(void);\n\
        extern void exports_a_b_c_thing_drop_own(exports_a_b_c_own_thing_t handle);\n\
        void exports_a_b_c_thing_destructor(exports_a_b_c_thing_t *rep);\n";
    const GENERATED: &str =
        "void exports_a_b_c_thing_drop_own(exports_a_b_c_own_thing_t handle) {}\n";

    #[test]
    fn what_nobody_defines_gets_a_stub() {
        let source = "void\nexports_a_b_c_none(void)\n{\n}\nuint32_t exports_a_b_c_add(uint32_t, a_cap_list_u8_t *);\n".to_owned();
        let stubs = missing(HEADER, GENERATED, [&source]);
        let names: Vec<_> = stubs.iter().map(|stub| stub.name.as_str()).collect();
        assert_eq!(names, ["exports_a_b_c_add", "exports_a_b_c_thing_destructor"]);
        assert_eq!(
            stubs[0].text,
            "uint32_t exports_a_b_c_add(uint32_t one, a_cap_list_u8_t *data)\n{\n    (void)one;\n    (void)data;\n    \
             __builtin_trap(); /* not written yet */\n}\n"
        );
        let written = stubs.into_iter().map(|stub| stub.text).collect::<String>() + &source;
        assert_eq!(missing(HEADER, GENERATED, [&written]), []);
    }
}
