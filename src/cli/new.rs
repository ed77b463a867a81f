//! `new`.

use clap::Args;

/// Flags of `new`.
#[derive(Clone, Debug, Args)]
pub struct NewArgs {
    /// The new experiment's name: NAME.toml is written to the current folder
    #[arg(value_name = "NAME", required_unless_present = "list")]
    pub name: Option<String>,

    /// The shipped experiment to start from
    #[arg(long, value_name = "EXPERIMENT", default_value = "quickstart")]
    pub like: String,

    /// List the experiments that come with the program, with their questions
    #[arg(long, conflicts_with_all = ["name", "like"])]
    pub list: bool,
}
