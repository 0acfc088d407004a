//! `cargo xtask new`: the files of a cap, which compiles and is tested from the first minute. What they say is a small
//! example of everything that most caps have: a function, a resource, an error, lists, memory that runs out.

mod build_script;
mod bundled;
mod files;
mod naming;
mod vendor;

use std::fs;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::{Session, r#gen, usage};
use crate::cli;
use crate::graph::write_atomic;
use crate::manifest::Workspace;
use files::{File, Names};
pub use naming::STANDARD_LIBRARY;

/// The list of pages, in which that of the new contract gets a row.
const PAGES: &str = "docs/README.md";

pub fn run(session: &Session, args: &cli::New) -> Result<()> {
    let names = naming::named(session.workspace()?, args)?;
    if args.vendor.is_some() && args.language == cli::Language::Rust {
        return Err(usage(
            "--vendor is for a cap in C\nhint: a crate depends on others by its Cargo.toml: `cargo add`",
        ));
    }
    let root = &session.root;
    if let Some(folder) = files::folders(&names).iter().find(|folder| root.join(folder).exists()) {
        return Err(usage(format!("{folder} is there already\nhint: choose another name")));
    }
    let kept = args.vendor.as_deref().map(|spec| vendor::kept(session, spec)).transpose()?;
    let kept = kept.flatten().map(|recipe| format!("{}\n", vendor::said(recipe)));
    let undo = args.vendor.as_ref().map(|_| vendor::Undo::of(root)).transpose()?;
    let library = match &args.vendor {
        Some(spec) if !session.global.dry_run => Some(vendor::library(session, spec)?),
        _ => None,
    };
    let of_library = library.as_ref().map(|library| library.name.as_str());
    let mut files = files::of(&names, args.language, args.r#static, of_library);
    files.extend(library.iter().filter_map(|library| library.recipe.clone()));
    let mut paths: Vec<_> = files.iter().map(|file| file.path.to_string()).collect();
    let pages = with_page(root, &names)?;
    if !session.global.dry_run {
        paths.extend(all_or_nothing(root, &files, || {
            if let Some(library) = &library {
                vendor::list_licence(root, library, &names.name)?;
            }
            let generated = r#gen::write(&Workspace::load(root)?, &names.name)?;
            write_atomic(root.join(PAGES).as_std_path(), pages.as_bytes())?;
            Ok(generated)
        })?);
    }
    if let Some(undo) = undo {
        undo.keep();
    }
    let text = format!(
        "{}\n{PAGES} has a row for its page\n{}next: cargo xtask compose; cargo xtask run -- -c 'import {}'; cargo xtask test {}",
        paths.join("\n"),
        kept.unwrap_or_default(),
        names.ident,
        names.name
    );
    session.result(json!({ "created": paths }), &text)
}

/// Writes the files and does `then`; when any of that fails, nothing is left of it.
fn all_or_nothing<T>(
    root: &Utf8Path,
    files: &[File],
    then: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let mut made = Vec::new();
    let result = write(root, files, &mut made).and_then(|()| then());
    if result.is_err() {
        // Folders before what is in them was made.
        for folder in made {
            let _ = fs::remove_dir_all(&folder).or_else(|_| fs::remove_file(&folder));
        }
    }
    result
}

/// `made` gets the topmost of what was not there.
fn write(root: &Utf8Path, files: &[File], made: &mut Vec<Utf8PathBuf>) -> Result<()> {
    for file in files {
        let path = root.join(&file.path);
        let missing = path.ancestors().take_while(|path| !path.exists()).last();
        made.extend(missing.map(Utf8Path::to_owned));
        let folder = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {folder}"))?;
        fs::write(&path, &file.text).with_context(|| format!("cannot write {path}"))?;
    }
    Ok(())
}

/// The list of pages with that of the new contract.
fn with_page(root: &Utf8Path, names: &Names) -> Result<String> {
    let path = root.join(PAGES);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let Some(last) = text.lines().rfind(|line| line.contains("reference/contract-")) else {
        bail!("{path} lists no contract");
    };
    let page = format!("reference/contract-{}.md", names.name);
    let row = format!("| [{page}]({page}) | `{0}:{0}@0.1.0` |", names.name);
    Ok(text.replacen(last, &format!("{last}\n{row}"), 1))
}
