//! Where the repository is and which APIs it holds.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use codegen::diagnostics::Diagnostics;
use codegen::load::{self, Document};
use codegen::lock::Lock;

/// The repository that documents are read from and crates written to.
pub(super) struct Repository {
    pub(super) root: PathBuf,
}

/// One folder below `specs/`.
pub(super) struct Spec {
    /// Name of the folder, of the crate, and part of tool names.
    pub(super) name: String,
    folder: PathBuf,
    root: PathBuf,
}

/// A file cannot be read; why is among the diagnostics.
pub(super) struct Unreadable;

impl Repository {
    /// The given folder, or the nearest one above the current one (else above this package) that
    /// holds `specs/`.
    pub(super) fn find(given: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(given) = given {
            if !given.join("specs").is_dir() {
                bail!("{} holds no `specs` folder", given.display());
            }
            return Ok(Self { root: given.to_owned() });
        }
        #[expect(clippy::disallowed_methods, reason = "finds the repository; reaches no output")]
        let (here, package) = (std::env::current_dir(), std::env::var_os("CARGO_MANIFEST_DIR"));
        let here = here.context("there is no current folder")?;
        // Set by `cargo run`, which may be called from elsewhere.
        let package = package.map(PathBuf::from);
        for start in [Some(here), package].into_iter().flatten() {
            let found = start.ancestors().find(|folder| {
                folder.join("specs").is_dir() && folder.join("Cargo.toml").is_file()
            });
            if let Some(root) = found {
                return Ok(Self { root: root.to_owned() });
            }
        }
        bail!("no folder from here upwards holds `specs` and `Cargo.toml`; say which with --root")
    }

    /// The APIs, in the order of their names.
    pub(super) fn specs(&self) -> anyhow::Result<Vec<Spec>> {
        let mut specs: Vec<Spec> = folders(&self.root.join("specs"))?
            .into_iter()
            .map(|(name, folder)| Spec { name, folder, root: self.root.clone() })
            .collect();
        specs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(specs)
    }

    /// The folder of a generated crate.
    pub(super) fn generated(&self, name: &str) -> PathBuf {
        self.root.join("generated").join(name)
    }

    /// The generated crates that are there, whether or not there is a document for them.
    pub(super) fn crates(&self) -> anyhow::Result<Vec<(String, PathBuf)>> {
        folders(&self.root.join("generated"))
    }
}

impl Spec {
    /// The document; `None`, and a diagnostic, when it cannot be read.
    pub(super) fn document(&self, diags: &mut Diagnostics) -> Option<Document> {
        let json = self.folder.join("openapi.json");
        let path = if json.is_file() { json } else { self.folder.join("openapi.yaml") };
        load::load_as(&path, &self.shown(&path), diags)
    }

    /// The overlay, if there is one; `Err` when it cannot be read.
    pub(super) fn overlay(&self, diags: &mut Diagnostics) -> Result<Option<Document>, Unreadable> {
        self.optional("overlay.yaml", diags)
    }

    /// The prompts, if there are any; `Err` when they cannot be read.
    pub(super) fn prompts(&self, diags: &mut Diagnostics) -> Result<Option<Document>, Unreadable> {
        self.optional("prompts.yaml", diags)
    }

    fn optional(
        &self,
        name: &str,
        diags: &mut Diagnostics,
    ) -> Result<Option<Document>, Unreadable> {
        let path = self.folder.join(name);
        if !path.is_file() {
            return Ok(None);
        }
        load::load_as(&path, &self.shown(&path), diags).map(Some).ok_or(Unreadable)
    }

    /// The file that holds the tool names callers rely on.
    pub(super) fn lock_path(&self) -> PathBuf {
        self.folder.join("tools.lock")
    }

    /// Its content, if it is there.
    pub(super) fn lock(&self) -> anyhow::Result<Option<Lock>> {
        let path = self.lock_path();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Lock { file: self.shown(&path), text })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context(path.display().to_string()),
        }
    }

    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}

fn folders(parent: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let entries = match std::fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context(parent.display().to_string()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.context(parent.display().to_string())?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| path.is_dir() && !name.starts_with('.')) {
            found.push((name.to_owned(), path.clone()));
        }
    }
    found.sort();
    Ok(found)
}
