//! Fused operations on dfdx's tape, each with its own backward pass.
//!
//! Values are dfdx tensors of runtime size, [`Mat`]; every operation pushes its backward pass onto
//! dfdx's [`OwnedTape`](dfdx::tensor::OwnedTape) and finds the gradients of its inputs and outputs
//! in dfdx's [`Gradients`]. Plain dfdx operations are the oracle these
//! are tested against (`tests/it/ops.rs`).
//!
//! Five ideas make a step cheap; `docs/design/speed.md` has the arithmetic:
//!
//! 1. **Winners only.** A max hands its gradient to one of its k pieces, so both products of a
//!    maxout layer's backward pass are with a sparse matrix (`winner_products`) of 1/k of the entries.
//! 2. **One backward pass for two losses.** D has one logit an image, so a gradient of any loss is
//!    the gradient of the logit times dL/dlogit of its row. Gradients of *logits* run down the
//!    tape; parameters take them times D's [`RowWeights`], fakes times G's.
//! 3. **Once a class.** A branch that knows only the label has one row a class ([`by_class`]).
//! 4. **Foreground only.** Real images are mostly background ([`foreground`]).
//! 5. **Fused elementwise work** in the widest vectors of the machine, chosen at run time.
//!
//! Nearly all `unsafe` code of the program is here; each use states its reason.

mod awake;
pub mod by_class;
pub mod dense;
pub mod dropout;
pub mod elementwise;
pub mod foreground;
pub mod label;
pub mod matmul;
pub mod maxout;
mod memory;
pub mod mix;
mod operand;
mod pair;
mod panel;
mod param;
mod piece_usage;
mod product;
pub mod projection;
mod rows;
mod values;
mod window;
mod winner_products;
mod winners;

use dfdx::tensor::{Cpu, Gradients, Merge, NoneTape, Tensor};

pub use awake::awake;
pub(crate) use memory::free_memory;
pub use param::{Buffer, Param, ParamGrad};
pub use piece_usage::PieceUsage;
pub use rows::{RowWeights, backward};
pub use values::{values, values_mut};
pub use winners::MAX_PIECES;

/// A matrix of runtime size, row-major: usually one row an image.
pub type Mat<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;

/// A tape an operation of this module can push its backward pass onto: dfdx's owned tape while
/// training, none while evaluating.
pub trait Tape: dfdx::tensor::Tape<f32, Cpu> + Merge<Self> + 'static {}
impl<T: dfdx::tensor::Tape<f32, Cpu> + Merge<T> + 'static> Tape for T {}

/// A matrix of zeros from the device's cache.
///
/// # Panics
/// When memory runs out; a run's need is checked before it starts.
pub fn zeros(device: &Cpu, rows: usize, columns: usize) -> Mat {
    use dfdx::tensor::ZerosTensor;
    device.zeros_like(&(rows, columns))
}

/// A matrix with these values.
///
/// They are copied into memory of the device's cache: handing dfdx a new `Vec` for each matrix
/// would fill the cache with memory that nobody asks for again.
///
/// # Panics
/// If there are not `rows × columns` of them.
pub fn matrix(device: &Cpu, values: &[f32], rows: usize, columns: usize) -> Mat {
    let mut matrix = zeros(device, rows, columns);
    values_mut(&mut matrix).copy_from_slice(values);
    matrix
}

/// How many of `count` rows (or whatever is split) each thread of the surrounding rayon pool gets.
///
/// A part is worked on by itself, and what a part computes does not depend on how many there are:
/// the same bits for any number of threads.
pub(crate) fn part_of(count: usize) -> usize {
    count.div_ceil(rayon::current_num_threads()).max(1)
}

thread_local! {
    static SCRATCH: std::cell::RefCell<Vec<f32>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Lends `length` elements of this thread's scratch memory, with whatever they hold.
fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < length {
            scratch.resize(length, 0.0);
        }
        work(&mut scratch[..length])
    })
}

/// Takes the gradient buffer of `tensor` out of `gradients`, so that two can be used at once; put
/// it back with [`put_gradient`].
fn take_gradient<T>(gradients: &mut Gradients<f32, Cpu>, tensor: &Mat<T>) -> Vec<f32> {
    let buffer = gradients.get_or_alloc_mut(tensor).expect("memory for a gradient");
    std::mem::take(&mut **buffer)
}

fn put_gradient<T>(gradients: &mut Gradients<f32, Cpu>, tensor: &Mat<T>, values: Vec<f32>) {
    let buffer = gradients.get_or_alloc_mut(tensor).expect("memory for a gradient");
    **buffer = values;
}
