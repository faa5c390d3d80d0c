//! From artifacts in memory to files: compared first, written only where they differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use similar::TextDiff;
use thiserror::Error;

/// Folders of a generated crate in which every file is ours: what we did not make is a stray.
const OURS: [&str; 2] = ["src", "schemas"];

/// A file to be: everything that a renderer hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Path below the crate's folder, with forward slashes: `src/lib.rs`.
    pub path: String,
    /// The whole content.
    pub contents: String,
}

impl Artifact {
    /// A file to be.
    pub fn new(path: impl Into<String>, contents: impl Into<String>) -> Self {
        Self { path: path.into(), contents: contents.into() }
    }
}

/// Why files could not be compared or written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Two artifacts have the same path, or one leaves the crate's folder.
    #[error("artifact `{0}` is there twice or leaves its folder")]
    Artifact(String),
}

/// One file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    path: PathBuf,
    /// What is there; `None` when nothing is.
    before: Option<Vec<u8>>,
    /// What should be there; `None` for a stray.
    after: Option<String>,
}

/// What has to change so that folders hold exactly what was generated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    changes: Vec<Change>,
}

/// Compares the artifacts of one crate with what is in its folder.
///
/// # Errors
/// When a folder or file cannot be read, or two artifacts claim the same path.
pub fn plan(folder: &Path, artifacts: &[Artifact]) -> Result<Plan, WriteError> {
    let mut wanted: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for artifact in artifacts {
        let inside = !artifact.path.is_empty()
            && artifact.path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let path = folder.join(&artifact.path);
        if !inside || wanted.insert(path, &artifact.contents).is_some() {
            return Err(WriteError::Artifact(artifact.path.clone()));
        }
    }
    let mut present = BTreeSet::new();
    for ours in OURS {
        list(&folder.join(ours), &mut present)?;
    }
    let mut changes = Vec::new();
    for (path, contents) in &wanted {
        let before = read(path)?;
        if before.as_deref() != Some(contents.as_bytes()) {
            changes.push(Change {
                path: path.clone(),
                before,
                after: Some((*contents).to_owned()),
            });
        }
    }
    for path in present {
        if !wanted.contains_key(&path) {
            changes.push(Change { before: read(&path)?, path, after: None });
        }
    }
    Ok(Plan { changes })
}

/// Compares one file with what is there.
///
/// # Errors
/// When the file cannot be read.
pub fn plan_file(path: &Path, contents: &str) -> Result<Plan, WriteError> {
    let before = read(path)?;
    let mut changes = Vec::new();
    if before.as_deref() != Some(contents.as_bytes()) {
        changes.push(Change { path: path.to_owned(), before, after: Some(contents.to_owned()) });
    }
    Ok(Plan { changes })
}

/// Everything in the folder of a crate that is generated no more.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn plan_removal(folder: &Path) -> Result<Plan, WriteError> {
    let mut present = BTreeSet::new();
    list(folder, &mut present)?;
    let mut changes = Vec::new();
    for path in present {
        changes.push(Change { before: read(&path)?, path, after: None });
    }
    Ok(Plan { changes })
}

impl Plan {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many files differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Takes over the changes of another plan.
    pub fn extend(&mut self, other: Self) {
        self.changes.extend(other.changes);
    }

    /// One line for each file: what happens to it.
    #[must_use]
    pub fn summary(&self, root: &Path) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let what = match (&change.before, &change.after) {
                (None, _) => "new",
                (Some(_), Some(_)) => "changed",
                (Some(_), None) => "deleted",
            };
            let _ = writeln!(text, "{what:>8} {}", shown(&change.path, root));
        }
        text
    }

    /// The differences as a unified diff, from what is there to what should be.
    #[must_use]
    pub fn diff(&self, root: &Path) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let path = shown(&change.path, root);
            let before = change.before.as_deref().map(String::from_utf8_lossy);
            let old_name = if before.is_some() { &path } else { "/dev/null" };
            let new_name = if change.after.is_some() { &path } else { "/dev/null" };
            let before = before.unwrap_or_default();
            let after = change.after.as_deref().unwrap_or_default();
            let diff = TextDiff::from_lines(before.as_ref(), after);
            let mut unified = diff.unified_diff();
            let _ = write!(text, "{}", unified.header(old_name, new_name));
            if before.is_empty() && after.is_empty() {
                let _ = writeln!(text, "--- {old_name}\n+++ {new_name}");
            }
        }
        text
    }

    /// Makes the folders hold what was planned: every file by a rename, so none is ever half
    /// written; folders that are left empty go.
    ///
    /// # Errors
    /// When a file cannot be written, renamed or deleted; the files before it are then in place.
    pub fn apply(&self) -> Result<(), WriteError> {
        for change in &self.changes {
            match &change.after {
                Some(contents) => write(&change.path, contents)?,
                None => delete(&change.path)?,
            }
        }
        Ok(())
    }
}

fn write(path: &Path, contents: &str) -> Result<(), WriteError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    std::fs::write(&temporary, contents).map_err(at(&temporary))?;
    std::fs::rename(&temporary, path).map_err(at(path))
}

fn delete(path: &Path) -> Result<(), WriteError> {
    std::fs::remove_file(path).map_err(at(path))?;
    let mut folder = path.parent();
    // Fails, rightly, at the first folder that still holds something.
    while let Some(empty) = folder.filter(|folder| std::fs::remove_dir(folder).is_ok()) {
        folder = empty.parent();
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, WriteError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// All files below a folder. A link is a file: it is not followed.
fn list(folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result<(), WriteError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        let path = entry.path();
        if entry.file_type().map_err(at(&path))?.is_dir() {
            list(&path, found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    |source| WriteError::Io { path, source }
}

fn shown(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifacts() -> Vec<Artifact> {
        vec![
            Artifact::new("Cargo.toml", "[package]\n"),
            Artifact::new("src/lib.rs", "//! a\n"),
            Artifact::new("schemas/a.json", "{}\n"),
        ]
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("generated/a");
        let first = plan(&folder, &artifacts()).expect("a plan");
        assert_eq!(
            first.summary(root.path()),
            "     new generated/a/Cargo.toml\n     new generated/a/schemas/a.json\n     new generated/a/src/lib.rs\n"
        );
        first.apply().expect("written");
        assert_eq!(std::fs::read_to_string(folder.join("src/lib.rs")).expect("there"), "//! a\n");
        assert!(plan(&folder, &artifacts()).expect("a plan").is_empty());
    }

    #[test]
    fn strays_and_changes_are_shown_and_undone() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("a");
        plan(&folder, &artifacts()).expect("a plan").apply().expect("written");
        std::fs::write(folder.join("src/lib.rs"), "//! b\n").expect("written");
        std::fs::create_dir(folder.join("src/old")).expect("made");
        std::fs::write(folder.join("src/old/stray.rs"), "x\n").expect("written");
        std::fs::write(folder.join("NOTES"), "kept").expect("written");

        let second = plan(&folder, &artifacts()).expect("a plan");
        let diff = second.diff(root.path());
        for line in ["--- a/src/lib.rs\n", "-//! b\n", "+//! a\n", "+++ /dev/null\n", "-x\n"] {
            assert!(diff.contains(line), "{line} in\n{diff}");
        }
        second.apply().expect("written");
        assert!(!folder.join("src/old").exists());
        assert!(folder.join("NOTES").exists());
        assert!(plan(&folder, &artifacts()).expect("a plan").is_empty());

        plan_removal(&folder).expect("a plan").apply().expect("deleted");
        assert!(!folder.exists());
    }

    #[test]
    fn an_artifact_stays_in_its_folder_and_is_there_once() {
        let root = tempfile::tempdir().expect("a folder");
        for path in ["../a", "/etc/a", "a//b", "", "src/./a"] {
            let outcome = plan(root.path(), &[Artifact::new(path, "")]);
            assert!(matches!(outcome, Err(WriteError::Artifact(_))), "{path}");
        }
        let twice = [Artifact::new("a", "1"), Artifact::new("a", "2")];
        assert!(matches!(plan(root.path(), &twice), Err(WriteError::Artifact(_))));
    }
}
