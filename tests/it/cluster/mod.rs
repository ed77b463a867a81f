//! Sweeps on a real Slurm cluster: three virtual nodes on this machine, started by the tests.

mod absent;
mod lab;
mod long;
mod short;
