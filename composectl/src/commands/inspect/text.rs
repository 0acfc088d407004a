//! What was found, for reading.

use std::fmt::Write as _;

use composectl_wasm::anatomy::{Extern, Kind, Memory, Part, Producers};

use super::{Findings, output};

/// The lines of the report. With `all`, functions of WASI's interfaces are listed, too.
pub fn render(findings: &Findings, all: bool) -> Vec<String> {
    let whole = &findings.anatomy.whole;
    let mut lines = Vec::new();
    let mut line = |label: &str, value: &str| lines.push(format!("{label:<8}{value}"));
    line("file", &findings.file);
    if let Some(name) = &whole.name {
        line("name", name);
    }
    line("kind", &kind(findings));
    if !findings.anatomy.producers.is_empty() {
        line("made by", &made_by(&findings.anatomy.producers));
    }
    line("digest", &findings.digest);
    line("size", &output::bytes(whole.size.into()));
    if whole.kind == Kind::Component {
        line("wasi", &wasi(findings));
    }
    section(&mut lines, "imports", &findings.anatomy.imports, all);
    section(&mut lines, "exports", &findings.anatomy.exports, all);
    if whole.kind == Kind::CoreModule {
        title(&mut lines, "module");
        lines.push(format!("  {}", functions(whole.functions)));
        memories(&mut lines, whole, 1);
    } else if !whole.parts.is_empty() {
        title(&mut lines, "parts");
        parts(&mut lines, whole, 1);
    }
    if !whole.custom_sections.is_empty() {
        title(&mut lines, "custom sections");
        for section in &whole.custom_sections {
            let size = output::rounded(section.size.into());
            lines.push(format!("  {:<32}{size:>10}", section.name));
        }
    }
    lines
}

/// Languages, tools and kits with their versions.
fn made_by(producers: &Producers) -> String {
    let values = producers.values().flatten();
    let shown = values.map(|(name, version)| format!("{name} {version}").trim().to_owned());
    shown.collect::<Vec<_>>().join(", ")
}

fn title(lines: &mut Vec<String>, title: &str) {
    lines.extend([String::new(), title.to_owned()]);
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

fn section(lines: &mut Vec<String>, name: &str, externs: &[Extern], all: bool) {
    title(lines, name);
    if externs.is_empty() {
        lines.push("  none".to_owned());
    }
    for external in externs {
        let name = &external.name;
        if external.kind == "interface" {
            if name.starts_with("wasi:") && !all {
                let count = functions(external.functions.len() as u32);
                lines.push(format!("  {name:<40} {count}"));
                continue;
            }
            lines.push(format!("  {name}"));
            let items = external.types.iter().chain(&external.functions);
            lines.extend(items.map(|item| format!("    {item}")));
            continue;
        }
        lines.push(match &external.signature {
            Some(signature) => format!("  {signature}"),
            None => format!("  {name}: {}", external.kind),
        });
    }
}

/// The tree of what is inside, with sizes.
fn parts(lines: &mut Vec<String>, part: &Part, depth: usize) {
    for (index, inner) in part.parts.iter().enumerate() {
        let kind = match inner.kind {
            Kind::Component => "component",
            Kind::CoreModule => "module",
        };
        let name = inner.name.as_deref().unwrap_or_default();
        let label = format!("{:indent$}{kind} {index} {name}", "", indent = 2 * depth);
        let size = output::rounded(inner.size.into());
        let mut line = format!("{:<48}{size:>10}", label.trim_end());
        if inner.kind == Kind::CoreModule {
            let _ = write!(line, "  {}", functions(inner.functions));
        }
        lines.push(line);
        memories(lines, inner, depth + 1);
        parts(lines, inner, depth + 1);
    }
}

fn memories(lines: &mut Vec<String>, part: &Part, depth: usize) {
    for memory in part.memories.iter().filter(|memory| !memory.imported || depth == 1) {
        lines.push(format!("{:indent$}memory {}", "", range(memory), indent = 2 * depth));
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
