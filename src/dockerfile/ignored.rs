//! What a `.dockerignore` keeps from the builder.

use glob::Pattern;

/// The name of the file.
pub const DOCKERIGNORE: &str = ".dockerignore";

/// Which of these files of the build's own directory are kept from the builder, by the text of a `.dockerignore`.
///
/// The last line that matches decides; a line with `!` lets in again. Lines that are no patterns match nothing.
///
/// Source: <https://docs.docker.com/build/concepts/context/#dockerignore-files>.
pub fn ignored<'n>(dockerignore: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let lines = dockerignore.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rules: Vec<(bool, Pattern)> = lines
        .filter_map(|line| {
            let (is_out, pattern) = line.strip_prefix('!').map_or((true, line), |pattern| (false, pattern.trim()));
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            Some((is_out, Pattern::new(pattern).ok()?))
        })
        .collect();
    let is_ignored = |name: &&str| {
        let last = rules.iter().rev().find(|(_, pattern)| pattern.matches(name));
        last.is_some_and(|(is_out, _)| *is_out)
    };
    names.into_iter().filter(is_ignored).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&'static str> {
        ignored(text, ["conda-linux-64.lock", "envlock.sh"])
    }

    #[test]
    fn the_last_line_that_matches_decides() {
        assert_eq!(of("# all\n*\n!environment.yml\n"), ["conda-linux-64.lock", "envlock.sh"]);
        assert_eq!(of("*\n!*.lock\n! envlock.sh\n"), Vec::<&str>::new());
        assert_eq!(of("**/*.sh\n/conda-linux-64.lock\r\n"), ["conda-linux-64.lock", "envlock.sh"]);
        assert_eq!(of("data/\n*.lock\n[\nenvlock.shx\n"), ["conda-linux-64.lock"]);
        assert_eq!(of("docs/*.lock\n**/.git\n"), Vec::<&str>::new());
    }
}
