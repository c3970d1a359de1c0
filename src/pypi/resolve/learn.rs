//! What source distributions say that they need, read from their archives.

use std::{path::Path, sync::Arc};

use pep440_rs::Version;
use pep508_rs::PackageName;
use tokio::task::JoinSet;

use super::{
    super::{
        choose::Chosen,
        error::{self, PipError},
        index::{Asker, DistributionFile},
        learned::Learned,
        pylock::Packing,
        refuse::PipRefusal,
        sdist::{Sdist, read_sdist},
        section::{PipSource, WantedLine},
        store, uv,
    },
    Resolution, State, Stuck,
};
use crate::base::hash::sha256_hex;

/// Why a source distribution that says nothing can't be locked.
pub(super) const UNREAD: &str = "it doesn't say what it needs unless it is built; --allow-build lets it be built here";

impl Resolution<'_> {
    /// Reads the newest source distribution of packages that there is no wheel of. Tells whether anything was learned.
    pub(super) async fn learn(&self, names: &[String], state: &mut State, asker: &Arc<Asker>) -> Result<bool, Stuck> {
        let mut sources = Vec::new();
        for name in names.iter().filter_map(|name| name.parse::<PackageName>().ok()) {
            let is_own = state
                .wanted
                .iter()
                .any(|it| it.name.as_ref() == Some(&name) && !matches!(it.source, PipSource::Index(_)));
            if state.learned.contains_key(&name) || state.unread.contains(&name) || is_own {
                continue;
            }
            let files = asker.files(&self.section.places, &name, None).await?.unwrap_or_default();
            let usable: Vec<&DistributionFile> =
                files.iter().filter(|file| !file.is_wheel && !file.is_yanked).collect();
            let newest = usable.iter().map(|file| &file.version).max_by_key(|version| (version.is_stable(), *version));
            let held = self.held(&name).filter(|held| usable.iter().any(|file| file.version == *held));
            let Some(newest) = held.as_ref().or(newest) else { continue };
            let of_newest: Vec<&DistributionFile> =
                usable.iter().copied().filter(|file| file.version == *newest).collect();
            sources.extend(best_source(&of_newest).map(|file| (name.clone(), file.clone())));
        }
        let has_learned = !sources.is_empty();
        self.read(sources, false, state, asker).await?;
        Ok(has_learned)
    }

    /// The version that a package is to keep if it can.
    fn held(&self, name: &PackageName) -> Option<Version> {
        Some(self.request.held.iter().find(|it| it.name == *name)?.version.clone())
    }

    /// Reads archives.
    pub(super) async fn read(
        &self,
        sources: Vec<(PackageName, DistributionFile)>,
        is_held: bool,
        state: &mut State,
        asker: &Arc<Asker>,
    ) -> Result<(), Stuck> {
        let mut tasks = JoinSet::new();
        let is_export = self.request.is_export;
        for (name, file) in sources {
            let (asker, cache_dir) = (Arc::clone(asker), self.request.options.cache_dir.clone());
            tasks.spawn(async move {
                let sdist = match read_file(&asker, &file, &cache_dir).await? {
                    Ok(sdist) => sdist,
                    // It is as good as one that says nothing.
                    Err(_) if is_export => Sdist::default(),
                    Err(error) => return Err(error),
                };
                Ok::<_, PipError>((name, Learned { version: file.version, is_held, sdist }))
            });
        }
        let mut unread = Vec::new();
        for learned in tasks.join_all().await {
            let (name, learned) = learned?;
            if learned.sdist.requires.is_none() {
                unread.push(name.to_string());
            } else if learned.is_held {
                store::keep(&self.request.options.cache_dir, &self.key(&name, &learned.version), &learned);
            }
            state.learned.insert(name, learned);
        }
        if unread.is_empty() { Ok(()) } else { self.refuse_unread(&unread, state) }
    }

    /// Whether something came out that must be read before the answer counts.
    pub(super) async fn look_again(
        &self,
        chosen: &[Chosen],
        state: &mut State,
        asker: &Arc<Asker>,
    ) -> Result<bool, Stuck> {
        let (mut sources, mut must) = (Vec::new(), false);
        for it in chosen.iter().filter(|it| it.is_source()) {
            let Some(version) = it.version.clone() else { continue };
            match state.learned.get_mut(&it.name) {
                Some(learned) if learned.is_held => continue,
                // Now what it is built with counts, too.
                Some(learned) if learned.version == version => {
                    learned.is_held = true;
                    must = true;
                    continue;
                }
                _ => {}
            }
            sources.extend(it.source_file(version).map(|file| (it.name.clone(), file)));
        }
        must |= !sources.is_empty();
        self.read(sources, true, state, asker).await?;
        Ok(must)
    }

    /// Refuses what doesn't say what it needs.
    pub(super) fn refuse_unread(&self, names: &[String], state: &State) -> Result<(), Stuck> {
        if self.request.options.may_build {
            return Ok(());
        }
        let is_meant = |wanted: &&WantedLine| match &wanted.name {
            Some(name) => names.iter().any(|it| *it == name.to_string()),
            None => names.is_empty(),
        };
        let refusal = |wanted: &WantedLine| {
            let message = format!("`{}` doesn't say what it needs unless it is built", wanted.line.shown());
            let help = "--allow-build lets it be built here to find out, which runs its code; or add what it needs to the \
                        pip section and install it in the image by hand";
            PipRefusal::new(&wanted.line, message, help.to_owned(), UNREAD.to_owned())
        };
        let refused: Vec<PipRefusal> = state.wanted.iter().filter(is_meant).map(refusal).collect();
        match () {
            () if refused.is_empty() => Ok(()),
            () if self.request.is_export => Err(Stuck::Unread(names.to_vec())),
            () => Err(error::refused(self.request.environment, &refused).into()),
        }
    }
}

/// The source distribution to take: a zip file only where there is nothing else, since micromamba can't read a lock
/// that names one.
pub(super) fn best_source<'f>(files: &[&'f DistributionFile]) -> Option<&'f DistributionFile> {
    files
        .iter()
        .copied()
        .filter(|file| !file.is_wheel)
        .min_by_key(|file| (Packing::of(&file.name) == Some(Packing::Zip), &file.name))
}

/// What a source distribution says, from what is kept or from the archive itself; an error within where it can't be
/// read.
async fn read_file(
    asker: &Asker,
    file: &DistributionFile,
    cache_dir: &Path,
) -> Result<Result<Sdist, PipError>, PipError> {
    if let Some(known) = file.sha256.as_deref().and_then(|sha256| store::read(cache_dir, sha256)) {
        return Ok(Ok(known));
    }
    let bytes = asker.fetch(&file.url).await?;
    let sha256 = sha256_hex(&bytes);
    if file.sha256.as_ref().is_some_and(|given| !given.eq_ignore_ascii_case(&sha256)) {
        return Err(uv::failed(format!("{} has another SHA-256 than its index says", file.name)));
    }
    let sdist = read_sdist(&file.name, &bytes).map_err(|error| uv::failed(format!("{}: {error}", file.name)));
    if let Ok(sdist) = &sdist {
        store::keep(cache_dir, &sha256, sdist);
    }
    Ok(sdist)
}
