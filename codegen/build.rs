//! Embeds the sources of the crate `support`, which a self-contained crate carries along.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/support/src");
    // Of a folder, cargo looks at every file below: none is forgotten, none is stale.
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    list(&folder, &mut files)?;
    files.sort();
    let mut table = "&[\n".to_owned();
    for file in files {
        let below = file.strip_prefix(&folder).expect("it was found below");
        let below = below.to_string_lossy().replace('\\', "/");
        let _ = writeln!(table, "    ({below:?}, include_str!({:?})),", file.display().to_string());
    }
    table.push_str("]\n");
    #[expect(clippy::disallowed_methods, reason = "cargo says so where a build script writes")]
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("support.rs"), table)
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
