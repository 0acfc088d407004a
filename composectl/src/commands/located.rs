//! A component that a user names: by its file, by its digest in the store, by its id in a plan or by its name in
//! the store.

use std::path::{Path, PathBuf};

use clap::Args;
use composectl_plan::{Code, Digest, Error, MAX_BLOB_BYTES, Plan, Result, Store, read_file};

/// Where components are looked up.
#[derive(Args, Debug)]
pub struct Places {
    /// The plan whose ids are meant
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,

    /// The blob store (default: $PYLON_STORE, else `store` beside the plan or in this folder)
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
}

impl Places {
    /// The store.
    pub fn store(&self) -> Store {
        Store::open(Store::folder(self.store.as_deref(), self.plan.as_deref()))
    }
}

/// What was found.
pub struct Located {
    /// As the user named it.
    pub name: String,
    pub bytes: Vec<u8>,
    pub digest: Digest,
}

/// Finds what `named` means: a file that exists, else a digest, else an id or a name.
pub fn locate(named: &str, places: &Places) -> Result<Located> {
    let path = Path::new(named);
    if path.exists() {
        let bytes = read_file(path, MAX_BLOB_BYTES)?;
        return Ok(Located { name: named.to_owned(), digest: Digest::of(&bytes), bytes });
    }
    let nowhere = |what: String| {
        Err(Error::new(Code::BlobNotFound, what).with_context(
            "expected is a file, a digest in the store, an id of --plan, or a name in the store",
        ))
    };
    let digest = if named.starts_with("sha256:") {
        named.parse::<Digest>()?
    } else if let Some(plan) = &places.plan {
        match Plan::load(plan)?.component(named) {
            Some(component) => component.digest,
            None => return nowhere(format!("{}: there is no component `{named}`", plan.display())),
        }
    } else if named.contains('/') && Path::new(named).is_absolute() || named.ends_with(".wasm") {
        return nowhere(format!("{named}: there is no such file"));
    } else {
        let names = places.store().names()?;
        match names.into_iter().find(|known| known.name == named).and_then(|known| known.component)
        {
            Some(digest) => digest,
            None => return nowhere(format!("`{named}` is no file and no name in the store")),
        }
    };
    let bytes = places.store().get(&digest)?;
    Ok(Located { name: named.to_owned(), bytes, digest })
}
