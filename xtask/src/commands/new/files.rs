//! The files of a new cap, from the templates beside this file. `@NAME@` and the like are replaced.

use camino::Utf8PathBuf;

use crate::cli::Language;

/// A file of the checkout.
#[derive(Clone)]
pub struct File {
    pub path: Utf8PathBuf,
    pub text: String,
}

/// The names of a cap as the languages spell them.
pub struct Names {
    /// `my-hash`, in WIT and on the command line.
    pub name: String,
    /// `my_hash`, in C and Python.
    pub ident: String,
    pub resources: Vec<Resource>,
}

pub struct Resource {
    pub name: String,
    ident: String,
    /// `RunningSum` of `running-sum`.
    pub class: String,
}

impl Names {
    pub fn new(name: &str, resources: &[String]) -> Names {
        let resource = |name: &String| Resource {
            name: name.clone(),
            ident: name.replace('-', "_"),
            class: camel_case(name),
        };
        Names {
            name: name.to_owned(),
            ident: name.replace('-', "_"),
            resources: resources.iter().map(resource).collect(),
        }
    }

    fn replaced(&self, template: &str) -> String {
        template
            .replace("@NAME@", &self.name)
            .replace("@IDENT@", &self.ident)
            .replace("@RUST@", &wit_bindgen_rust::to_rust_ident(&self.name))
            .replace("@UPPER@", &self.ident.to_uppercase())
            .replace("@CLASS@", &camel_case(&self.name))
            .replace("@TITLE@", &sentence(&self.name.replace('-', " ")))
    }

    /// A template once for each resource.
    fn of_each(&self, template: &str) -> String {
        let of = |resource: &Resource| {
            template
                .replace("@RESOURCE@", &resource.name)
                .replace("@RES@", &resource.ident)
                .replace("@RESCLASS@", &resource.class)
        };
        self.resources.iter().map(of).collect()
    }
}

fn camel_case(name: &str) -> String {
    name.split('-').map(sentence).collect()
}

/// With a capital first letter.
fn sentence(name: &str) -> String {
    let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// Where they are, none of which is there before.
pub fn folders(names: &Names) -> [String; 4] {
    ["wit/@NAME@", "caps/@NAME@", "cpython-ext/_@IDENT@_cap", "docs/reference/contract-@NAME@.md"]
        .map(|path| names.replaced(path))
}

/// All files that are written by hand from now on. `library` is what is in `vendor`.
pub fn of(
    names: &Names,
    language: Language,
    with_static: bool,
    library: Option<&str>,
) -> Vec<File> {
    let modes = if with_static { "modes = [\"embed\", \"dynlink\", \"static\"]\n" } else { "" };
    let row = "| `@RESOURCE@.create()`, `update(data)`, `value()` | bytes, at least one a call | the same of bytes in pieces |\n";
    let exported = ["checksum".to_owned(), "EmptyError".to_owned()];
    let classes = names.resources.iter().map(|resource| resource.class.clone());
    let mut exported: Vec<_> =
        exported.into_iter().chain(classes).map(|name| format!("\"{name}\"")).collect();
    exported.sort();

    // Of C, which MicroPython's images have folded in.
    let micropython = with_static && matches!(language, Language::C);
    let glue = if micropython { "\n[micropython]\nextension = \"_@IDENT@_cap\"\n" } else { "" };

    let file = |path: &str, template: &str| File {
        path: names.replaced(path).into(),
        text: names.replaced(
            &template
                .replace("@MODES@\n", &format!("{modes}\n"))
                .replace("@LANGUAGE@", &component(language, library))
                .replace("@MICROPYTHON@\n", glue)
                .replace("@NAMES@", &exported.join(", "))
                .replace("@ROWS@\n", &(names.of_each(row) + "\n"))
                .replace("@RESOURCES@", &names.of_each(include_str!("template/resource.wit"))),
        ),
    };
    let with_each = |template: &str, of_each: &str| template.to_owned() + &names.of_each(of_each);
    let test =
        with_each(include_str!("template/test.py"), include_str!("template/resource_test.py"));
    let source = match language {
        Language::C => vec![file(
            "caps/@NAME@/src/@IDENT@_cap.c",
            &with_each(include_str!("template/cap.c"), include_str!("template/resource.c")),
        )],
        Language::Rust => vec![
            file("caps/@NAME@/Cargo.toml", include_str!("template/Cargo.toml.txt")),
            file("caps/@NAME@/Cargo.lock", include_str!("template/Cargo.lock.txt")),
            file(
                "caps/@NAME@/src/lib.rs",
                &with_each(&rust_frame(names), include_str!("template/resource.rs")),
            ),
        ],
    };
    let mut files = vec![
        file("wit/@NAME@/@NAME@.wit", include_str!("template/contract.wit")),
        file("caps/@NAME@/cap.toml", include_str!("template/cap.toml")),
        file("caps/@NAME@/wit/world.wit", include_str!("template/cap_world.wit")),
        file(
            "cpython-ext/_@IDENT@_cap/pyforge-pkg.toml",
            include_str!("template/pyforge-pkg.toml"),
        ),
        file(
            "cpython-ext/_@IDENT@_cap/wit/world.wit",
            include_str!("template/extension_world.wit"),
        ),
        file(
            "cpython-ext/_@IDENT@_cap/@IDENT@.py",
            &with_each(include_str!("template/facade.py"), include_str!("template/resource.py")),
        ),
        file(
            "cpython-ext/_@IDENT@_cap/tests/test_@IDENT@_cap.py",
            &(test + "\n\nif __name__ == \"__main__\":\n    unittest.main()\n"),
        ),
        file("docs/reference/contract-@NAME@.md", include_str!("template/page.md")),
    ];
    files.splice(3..3, source);
    if micropython {
        let test = with_each(
            include_str!("template/mp_test.py"),
            include_str!("template/resource_mp_test.py"),
        );
        files.push(file("caps/@NAME@/mp/tests/test_values.py", &test));
    }
    files
}

/// `[component]` of cap.toml.
fn component(language: Language, library: Option<&str>) -> String {
    let vendor = library.map(|name| format!("\nvendor = [\"{name}\"]")).unwrap_or_default();
    match language {
        Language::C => format!("flags = [\"-O3\"]{vendor}"),
        Language::Rust => "language = \"rust\"".to_owned(),
    }
}

/// The crate without its resources.
fn rust_frame(names: &Names) -> String {
    let module = "bindings::exports::@RUST@::@RUST@::api";
    let mut items = vec!["Guest".to_owned(), "Problem".to_owned()];
    for Resource { class, .. } in &names.resources {
        items.extend([format!("Guest{class}"), class.clone()]);
    }
    items.sort();
    let uses = filled(&format!("use {module}::{{"), &items, "};");
    let uses = match names.resources.is_empty() {
        true => format!("\n{uses}\n"),
        false => format!("\nuse std::cell::Cell;\n\n{uses}\nuse bindings::runtime;\n"),
    };
    let types = names.of_each("    type @RESCLASS@ = @RESCLASS@State;\n");
    include_str!("template/cap.rs")
        .replace("@USES@\n", &format!("{uses}\n"))
        .replace("@TYPES@\n", &if types.is_empty() { types } else { format!("{types}\n") })
}

/// Items between two texts, as rustfmt lays them out.
fn filled(start: &str, items: &[String], end: &str) -> String {
    const WIDTH: usize = 100;
    let line = format!("{start}{}{end}", items.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let mut lines = vec!["   ".to_owned()];
    for item in items {
        let last = lines.last_mut().filter(|line| line.len() + item.len() + 2 <= WIDTH);
        match last {
            Some(line) => *line += &format!(" {item},"),
            None => lines.push(format!("    {item},")),
        }
    }
    format!("{start}\n{}\n{end}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_each_language_has_them() {
        let names = Names::new("my-hash", &["running-sum".to_owned()]);
        assert_eq!(
            names.replaced("@NAME@ @IDENT@ @UPPER@ @CLASS@"),
            "my-hash my_hash MY_HASH MyHash"
        );
        assert_eq!(
            names.of_each("@RESOURCE@ @RES@ @RESCLASS@;"),
            "running-sum running_sum RunningSum;"
        );
    }

    #[test]
    fn nothing_of_a_template_is_left() {
        let resources = ["one".to_owned(), "another-one".to_owned()];
        for (resources, language) in [
            (&[][..], Language::C),
            (&resources, Language::C),
            (&[], Language::Rust),
            (&resources, Language::Rust),
        ] {
            for file in of(&Names::new("my-hash", resources), language, true, Some("tiny")) {
                let marks = |text: &str| {
                    text.split('@').skip(1).any(|part| {
                        !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase())
                    })
                };
                assert!(
                    !marks(&file.text) && !file.path.as_str().contains('@'),
                    "{}: {}",
                    file.path,
                    file.text
                );
            }
        }
    }
}
