//! What was found, for reading.

use std::fmt::Write as _;

use super::anatomy::{Extern, Kind, Memory, Part};
use super::{Findings, output};
use crate::report::printable;

/// The report. With `all`, functions of WASI's interfaces are listed, too.
pub fn render(findings: &Findings, all: bool) -> String {
    let whole = &findings.anatomy.whole;
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<8}{value}");
    };
    line("file", &findings.file);
    if let Some(name) = &whole.name {
        line("name", &printable(name));
    }
    line("kind", &kind(findings));
    line("digest", &findings.digest);
    line("size", &output::bytes(whole.size.into()));
    if whole.kind == Kind::Component {
        line("wasi", &wasi(findings));
    }
    section(&mut text, "imports", &findings.anatomy.imports, all);
    section(&mut text, "exports", &findings.anatomy.exports, all);
    if whole.kind == Kind::CoreModule {
        text.push_str("\nmodule\n");
        let _ = writeln!(text, "  {}", functions(whole.functions));
        memories(&mut text, whole, 1);
    } else if !whole.parts.is_empty() {
        text.push_str("\nparts\n");
        parts(&mut text, whole, 1);
    }
    if !whole.custom_sections.is_empty() {
        text.push_str("\ncustom sections\n");
        for section in &whole.custom_sections {
            let size = output::rounded(section.size.into());
            let _ = writeln!(text, "  {:<32}{size:>10}", printable(&section.name));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn kind(findings: &Findings) -> String {
    let roles = findings.roles;
    let mut what = Vec::new();
    if roles.command {
        what.push("a command (`composectl run`)");
    }
    if roles.provider {
        what.push("a provider (may be named in a plan)");
    }
    if roles.consumer {
        what.push("resolves providers at run time");
    }
    let kind = match findings.anatomy.whole.kind {
        Kind::Component => "component",
        Kind::CoreModule if imports_preview1(findings) => "core module of WASI preview 1",
        Kind::CoreModule => "core module",
    };
    if what.is_empty() { kind.to_owned() } else { format!("{kind}: {}", what.join("; ")) }
}

fn imports_preview1(findings: &Findings) -> bool {
    let imports = &findings.anatomy.imports;
    imports.iter().any(|external| external.name.starts_with("wasi_snapshot_preview1."))
}

fn wasi(findings: &Findings) -> String {
    if findings.wasi.is_empty() {
        return "none".to_owned();
    }
    let all: Vec<_> = findings.wasi.values().flatten().collect();
    let one = all.first().filter(|first| all.iter().all(|version| version == *first));
    let packages = findings.wasi.iter().map(|(package, versions)| match one {
        Some(_) => package.clone(),
        None => format!("{package} {}", versions.join(" and ")),
    });
    let packages = packages.collect::<Vec<_>>().join(", ");
    match one {
        Some(version) => format!("{version}: {packages}"),
        None => packages,
    }
}

fn section(text: &mut String, title: &str, externs: &[Extern], all: bool) {
    let _ = writeln!(text, "\n{title}");
    if externs.is_empty() {
        text.push_str("  none\n");
    }
    for external in externs {
        let name = printable(&external.name);
        if external.kind == "interface" {
            if name.starts_with("wasi:") && !all {
                let count = functions(external.functions.len() as u32);
                let _ = writeln!(text, "  {name:<40} {count}");
                continue;
            }
            let _ = writeln!(text, "  {name}");
            for item in external.types.iter().chain(&external.functions) {
                let _ = writeln!(text, "    {}", printable(item));
            }
            continue;
        }
        let _ = match &external.signature {
            Some(signature) => writeln!(text, "  {}", printable(signature)),
            None => writeln!(text, "  {name}: {}", external.kind),
        };
    }
}

/// The tree of what is inside, with sizes.
fn parts(text: &mut String, part: &Part, depth: usize) {
    for (index, inner) in part.parts.iter().enumerate() {
        let kind = match inner.kind {
            Kind::Component => "component",
            Kind::CoreModule => "module",
        };
        let name = inner.name.as_deref().map(printable).unwrap_or_default();
        let label = format!("{:indent$}{kind} {index} {name}", "", indent = 2 * depth);
        let size = output::rounded(inner.size.into());
        let _ = write!(text, "{:<48}{size:>10}", label.trim_end());
        if inner.kind == Kind::CoreModule {
            let _ = write!(text, "  {}", functions(inner.functions));
        }
        text.push('\n');
        memories(text, inner, depth + 1);
        parts(text, inner, depth + 1);
    }
}

fn memories(text: &mut String, part: &Part, depth: usize) {
    for memory in part.memories.iter().filter(|memory| !memory.imported || depth == 1) {
        let _ = writeln!(text, "{:indent$}memory {}", "", range(memory), indent = 2 * depth);
    }
}

fn range(memory: &Memory) -> String {
    let minimum = output::rounded(memory.minimum_bytes);
    let mut range = match memory.maximum_bytes {
        Some(maximum) if maximum == memory.minimum_bytes => format!("{minimum}, fixed"),
        Some(maximum) => format!("{minimum} to {}", output::rounded(maximum)),
        None => format!("{minimum} or more"),
    };
    for (holds, word) in
        [(memory.memory64, "64-bit"), (memory.shared, "shared"), (memory.imported, "imported")]
    {
        if holds {
            let _ = write!(range, ", {word}");
        }
    }
    range
}

fn functions(count: u32) -> String {
    format!("{} function{}", output::grouped(count.into()), if count == 1 { "" } else { "s" })
}
