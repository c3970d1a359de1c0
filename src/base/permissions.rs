//! The permissions and inodes of files: all that envlock knows of Unix. Other systems have neither; there a file belongs to
//! whoever may reach its directory, no file is told apart that may be started, and names are taken for what they name.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::Path,
};

use tempfile::Builder;

#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(not(unix))]
pub(crate) use elsewhere::*;

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    };

    use super::{Builder, File, Metadata, OpenOptions, Path, io};

    /// What is made may be read by others, as far as the user's umask lets them.
    pub(crate) fn share(builder: &mut Builder) {
        builder.permissions(Permissions::from_mode(0o666));
    }

    /// Nobody else may look into the directory that is made.
    pub(crate) fn keep_private(builder: &mut Builder) {
        builder.permissions(Permissions::from_mode(0o700));
    }

    /// Nobody else may read the file that is made.
    pub(crate) fn keep_file_private(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    /// Lets others read what only its owner may.
    pub(crate) fn make_readable(file: &File) -> io::Result<()> {
        let mut permissions = file.metadata()?.permissions();
        if permissions.mode() & 0o777 == 0o600 {
            permissions.set_mode(0o644);
            file.set_permissions(permissions)?;
        }
        Ok(())
    }

    /// Nobody but its owner may write to the file.
    pub(crate) fn keep_from_others(file: &File) -> io::Result<()> {
        let mut permissions = file.metadata()?.permissions();
        permissions.set_mode(permissions.mode() & !0o022);
        file.set_permissions(permissions)
    }

    /// Whether its owner may start it.
    pub(crate) fn is_executable(metadata: &Metadata) -> bool {
        metadata.permissions().mode() & 0o100 != 0
    }

    /// Whether the open file is still the one of that name.
    pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
        let inode = file.metadata()?.ino();
        Ok(fs::symlink_metadata(path).is_ok_and(|it| it.ino() == inode))
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{Builder, File, Metadata, OpenOptions, Path, io};

    pub(crate) fn share(_: &mut Builder) {}

    pub(crate) fn keep_private(_: &mut Builder) {}

    pub(crate) fn keep_file_private(_: &mut OpenOptions) {}

    pub(crate) fn keep_from_others(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn make_readable(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn is_executable(_: &Metadata) -> bool {
        false
    }

    pub(crate) fn is_at(_: &File, _: &Path) -> io::Result<bool> {
        Ok(true)
    }
}
