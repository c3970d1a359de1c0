//! A file is downloaded, and checked while it comes: what isn't the one that was asked for is gone before anybody uses it.

use std::{
    io::{self, Write as _},
    path::Path,
};

use reqwest::{Response, StatusCode, header::HeaderMap};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::InstallError;
use crate::{
    http::{Broken, Client, clean},
    limits::Limit,
    progress::Task,
    temporary::TemporaryFile,
};

/// What is asked for.
pub(super) struct Wanted<'w> {
    /// Where it is.
    pub url: &'w Url,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: &'w str,
    /// How large it may be.
    pub limit: Limit,
}

/// Downloads a file into a directory.
///
/// # Errors
///
/// Where it can't be had, is too large, isn't what was asked for, or can't be kept.
pub(super) async fn download(
    wanted: &Wanted<'_>,
    directory: &Path,
    client: &Client,
    task: &Task,
) -> Result<TemporaryFile, InstallError> {
    let mut asked = client.ask(wanted.url, HeaderMap::new());
    loop {
        let answer = asked.answer().await?;
        if let Some(file) = asked.done(take(answer, wanted, directory, task).await).await? {
            return Ok(file);
        }
    }
}

async fn take(
    mut answer: Response,
    wanted: &Wanted<'_>,
    directory: &Path,
    task: &Task,
) -> Result<TemporaryFile, Broken<InstallError>> {
    let url = clean(wanted.url);
    let unwritten = |source| unkept(directory, source);
    match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(InstallError::Gone { url }.into()),
        status if !status.is_success() => {
            return Err(InstallError::Fetch { url, reason: format!("it was answered with {status}") }.into());
        }
        _ => {}
    }
    let mut file = TemporaryFile::new(directory, ".unfinished-", true).map_err(unwritten)?;
    let mut digest = Sha256::new();
    let mut size = 0;
    while let Some(chunk) = answer.chunk().await? {
        task.add(chunk.len());
        size += chunk.len();
        let too_large = |error: io::Error| InstallError::Fetch { url: url.clone(), reason: error.to_string() };
        wanted.limit.check(size).map_err(too_large)?;
        digest.update(&chunk);
        file.write_all(&chunk).map_err(unwritten)?;
    }
    let found = const_hex::encode(digest.finalize());
    if found != wanted.sha256 {
        return Err(InstallError::Hash { url, expected: wanted.sha256.to_owned(), found }.into());
    }
    Ok(file)
}

pub(super) fn unkept(path: &Path, source: io::Error) -> InstallError {
    InstallError::Files { what: format!("can't keep {}", path.display()), source }
}
