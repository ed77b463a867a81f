//! The program: the maxout CGAN, swept.

use std::process::ExitCode;

use cgan_sweep::commands;
use cgan_sweep::gan::Cgan;

fn main() -> ExitCode {
    commands::main(&Cgan)
}
