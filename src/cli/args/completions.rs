//! What `completions` takes.

use clap::Args;
use clap_complete::Shell;

pub(super) const HELP: &str = "\
Examples:
  envlock completions bash > ~/.local/share/bash-completion/completions/envlock
  envlock completions zsh > ~/.zfunc/_envlock
  envlock completions fish > ~/.config/fish/completions/envlock.fish";

/// What `completions` takes.
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}
