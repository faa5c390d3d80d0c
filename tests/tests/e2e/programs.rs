//! The two programs of this repository, built once for all tests.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The binaries `runtime` and `codegen`.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) runtime: PathBuf,
    pub(crate) codegen: PathBuf,
}

/// Builds both with the profile and into the directory that this test binary came from.
pub(crate) fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let profile_dir = profile_dir();
        let target = profile_dir.parent().expect("a profile has a directory of its own");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(repository())
            .args(["build", "--quiet", "-p", "runtime", "-p", "codegen", "--bins"]);
        cargo.arg("--target-dir").arg(target);
        // What cargo tells a test about its own package would make build scripts run again that
        // look at it.
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_this_package(name)) {
            cargo.env_remove(name);
        }
        if profile_dir.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "the programs do not build");
        Programs { runtime: profile_dir.join("runtime"), codegen: profile_dir.join("codegen") }
    })
}

fn of_this_package(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    })
}

/// `target/debug`, of which this binary is in `deps`.
fn profile_dir() -> PathBuf {
    let this = std::env::current_exe().expect("a test binary has a path");
    this.ancestors().nth(2).expect("test binaries are in target/PROFILE/deps").to_owned()
}

/// The repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is one level below the root")
}
