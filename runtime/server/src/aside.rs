//! Files for their owner only that appear whole or not at all, and are known to be writable before
//! there is anything to write.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Result, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many bytes are taken from the disk beforehand: more than a first start has to say.
const ROOM: usize = 16 * 1024;

/// A file that has no name yet: it lies beside its place, with room for what it is to hold.
/// Dropped, it leaves nothing.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "where the file is, and where it goes")]
pub(crate) struct Aside {
    file: File,
    aside: PathBuf,
    path: PathBuf,
}

impl Aside {
    /// Prepares the file that is to appear at `path`.
    ///
    /// # Errors
    /// When it could not be written there.
    pub(crate) fn beside(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Err(Error::from(ErrorKind::IsADirectory));
        }
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".{:016x}", rand::random::<u64>()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        let mut new = Self { file, aside: aside.into(), path: path.to_owned() };
        new.file.set_permissions(Permissions::from_mode(0o600))?;
        new.file.write_all(&vec![b' '; ROOM])?;
        new.file.sync_all()?;
        Ok(new)
    }

    /// Puts the file where it belongs; one that was there before is replaced.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn publish(mut self, content: &str) -> Result<()> {
        self.fill(content)?;
        std::fs::rename(&self.aside, &self.path)?;
        self.sync_directory()
    }

    /// Puts the file where it belongs, or under that name with a number where another is there;
    /// answers where it is.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn publish_beside_others(mut self, content: &str) -> Result<PathBuf> {
        self.fill(content)?;
        let mut number = 1;
        loop {
            let path = self.numbered(number);
            match std::fs::hard_link(&self.aside, &path) {
                Ok(()) => {
                    self.sync_directory()?;
                    return Ok(path);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 1_000 => {
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts the file where it belongs, unless another is there, which stays.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn publish_if_absent(mut self, content: &str) -> Result<()> {
        self.fill(content)?;
        // A link, unlike a renaming, does not take the place of what another process has just put
        // there.
        match std::fs::hard_link(&self.aside, &self.path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => self.sync_directory(),
        }
    }

    fn fill(&mut self, content: &str) -> Result<()> {
        self.file.rewind()?;
        self.file.write_all(content.as_bytes())?;
        self.file.set_len(content.len() as u64)?;
        self.file.sync_all()
    }

    fn numbered(&self, number: u32) -> PathBuf {
        if number == 1 {
            return self.path.clone();
        }
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push(format!("-{number}"));
        if let Some(extension) = self.path.extension() {
            name.push(".");
            name.push(extension);
        }
        self.path.with_file_name(name)
    }

    fn sync_directory(&self) -> Result<()> {
        let directory = self
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Where it has been renamed there is nothing left to remove.
        let _ = std::fs::remove_file(&self.aside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_for_its_owner_only_or_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ready.json");
        std::fs::write(&path, "old").unwrap();
        drop(Aside::beside(&path).unwrap());
        assert_eq!(
            (names(directory.path()), std::fs::read_to_string(&path).unwrap()),
            (vec!["ready.json".to_owned()], "old".to_owned())
        );
        Aside::beside(&path).unwrap().publish("new").unwrap();
        assert_eq!(
            (names(directory.path()), std::fs::read_to_string(&path).unwrap()),
            (vec!["ready.json".to_owned()], "new".to_owned())
        );
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Aside::beside(directory.path()).is_err(), "a directory cannot be replaced");
        assert!(Aside::beside(&directory.path().join("absent/ready.json")).is_err());
    }

    #[test]
    fn a_file_that_another_process_has_put_there_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        for content in ["one", "two"] {
            Aside::beside(&path).unwrap().publish_if_absent(content).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        }
        assert_eq!(names(directory.path()), ["master.key"]);
    }

    #[test]
    fn the_secrets_of_another_start_are_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("first-start.txt");
        for content in ["one", "two", "three"] {
            let found = Aside::beside(&path).unwrap().publish_beside_others(content).unwrap();
            assert_eq!(std::fs::read_to_string(found).unwrap(), content);
        }
        assert_eq!(
            names(directory.path()),
            ["first-start-2.txt", "first-start-3.txt", "first-start.txt"]
        );
    }
}
