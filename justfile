# The team's habits. `just` alone lists them.

_list:
    @{{quote(just_executable())}} --list --unsorted

# Train every run of an experiment and report: just sweep experiments/maxout_pieces.toml
sweep FILE *ARGS:
    cargo run --release -- sweep {{quote(FILE)}} {{ARGS}}

# What an experiment would train, and what it costs
plan FILE *ARGS:
    cargo run --release -- plan {{quote(FILE)}} {{ARGS}}

# Write a sweep's report again from its records: just report runs/quickstart
report DIR *ARGS:
    cargo run --release -- report {{quote(DIR)}} {{ARGS}}

# A picture of a report's first screen (needs chromium): just report-picture runs/quickstart out.png
report-picture DIR OUT WIDTH="1280" HEIGHT="1500":
    test -f {{quote(DIR)}}/report.html
    chromium --headless --hide-scrollbars --window-size={{WIDTH}},{{HEIGHT}} --screenshot={{quote(OUT)}} \
        $([ "$(id -u)" != 0 ] || echo --no-sandbox) "file://$(realpath {{quote(DIR)}})/report.html"

# All sweeps in TensorBoard (pip install tensorboard); its HParams tab wants one: just tensorboard runs/quickstart
tensorboard DIR="runs" PORT="6006":
    tensorboard --logdir {{quote(DIR)}} --port {{PORT}}

# The program with its completions and manual pages: just install ~/.local
install PREFIX="~/.local":
    bash .ci/install {{PREFIX}}

# The tests
test:
    cargo test --release

# Does it build with the oldest Rust that Cargo.toml promises?
msrv:
    bash .ci/msrv

# The documentation of the crate, without a broken link
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps --locked

# Licences, sources and known weaknesses of what the program stands on (cargo install cargo-deny)
deny:
    cargo deny check

# The program for this machine as an archive under target/dist
release-binary:
    bash .ci/release-binary

# Formatting and lints
lint:
    cargo fmt --check
    cargo clippy --release --all-targets -- -D warnings

# All that must pass before a change lands
ci:
    bash .ci/run

# What the registry would take: its size, and the packed crate alone in an empty folder
packed:
    bash .ci/packed

# The oracle tests of the fused operations with debug assertions and overflow checks
test-checked:
    cargo test -- ops:: golden gradients

# Faults planted in trainings on MNIST, and the lights they turn on
faults:
    cargo test --release --test it faults:: -- --ignored --nocapture

# docs/parity.md: three seeds of preset `article` beside the article's own program
parity:
    cargo run --release -- sweep experiments/parity.toml
    cargo run --release --example parity -- runs/parity/base/seed-*/loss.csv

# docs/proofs/chaos.md: a sweep killed a hundred times, twice over
chaos:
    CGAN_PROOF=docs/proofs/chaos.md cargo test --release killed_a_hundred_times -- --ignored

# docs/proofs/matrix.md: one sweep carried out in 48 ways
matrix:
    CGAN_PROOF=docs/proofs/matrix.md cargo test --release one_result_on_mnist -- --ignored

# docs/proofs/rounds.md: seeds that are added, and a search, carried out in 48 ways
rounds:
    CGAN_PROOF=docs/proofs/rounds.md cargo test --release rounds_in_48_ways -- --ignored

# docs/proofs/rounds_killed.md: the same, killed a hundred times
rounds-killed:
    CGAN_PROOF=docs/proofs/rounds_killed.md cargo test --release rounds_killed_a_hundred_times -- --ignored

# docs/proofs/slurm.md: whatever befalls a sweep on a real cluster of three virtual nodes (slurm-wlm, munge)
slurm:
    CGAN_REQUIRE_SLURM=1 CGAN_PROOF=docs/proofs/slurm.md cargo test --release whatever_befalls_a_sweep_on_a_cluster -- --ignored

# docs/proofs/error_rates.md: how often the tests of questions err, what intervals cover, what is found
error-rates:
    CGAN_PROOF=docs/proofs/error_rates.md cargo test --release error_rates_as_tables -- --ignored

# docs/proofs/adaptive.md: error rates, power and cost of sweeps that add seeds, by simulation
looks-rates:
    CGAN_PROOF=docs/proofs/adaptive.md cargo test --release looks_as_tables -- --ignored

# docs/proofs/search.md: a search against random search at equal cost, on a table of real trainings
search-rates:
    CGAN_PROOF=docs/proofs/search.md cargo test --release search_rates_as_a_table -- --ignored

# The table of docs/benchmark.md, after `just sweep experiments/benchmark.toml`; SWEEP is its folder
benchmark-table SWEEP="runs/benchmark" CSV="benchmark.csv":
    cargo run --release --example benchmark -- {{SWEEP}} {{CSV}} 20 50

# docs/settings.md from the declarations of the settings
settings:
    cargo run --release -- defaults --markdown > docs/settings.md

# data/mnist/*.packed, the images inside the program, from the gzipped files
pack-mnist:
    cargo test --release --lib pack_mnist -- --ignored

# Golden numbers from the independent implementation (Python; see tests/golden/README.md)
golden:
    python3 tests/golden/make.py
    python3 tests/golden/scores.py

# Ours, TensorFlow, PyTorch and JAX in turn on a quiet machine (see benches/README.md)
bench-peers *ARGS:
    python3 benches/peers/run.py {{ARGS}}

# Eight short runs against one Python process a run, two at a time
bench-sweep *ARGS:
    python3 benches/peers/sweep.py {{ARGS}}

# Our own benchmarks: operations, steps, records, scores
bench *ARGS:
    cargo bench {{ARGS}}
