//! A picture of many small ones.

/// A grid of generated images: rows are classes, columns are fixed noises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Classes.
    pub rows: usize,
    /// Noises.
    pub columns: usize,
    /// Pixels down of one image.
    pub image_height: usize,
    /// Pixels across of one image.
    pub image_width: usize,
    /// The whole picture, row-major, `rows·image_height × columns·image_width`, 0 is black.
    pub pixels: Vec<u8>,
}

impl Grid {
    /// Images (`height × width` bytes each, one after the other) set side by side in `columns`
    /// columns, row after row; what is left of the last row is black.
    pub fn tiled(images: &[u8], height: usize, width: usize, columns: usize) -> Self {
        let rows = (images.len() / (height * width)).div_ceil(columns);
        let line = columns * width;
        let mut pixels = vec![0; rows * height * line];
        for (i, image) in images.chunks_exact(height * width).enumerate() {
            let (row, column) = (i / columns, i % columns);
            for (y, from) in image.chunks_exact(width).enumerate() {
                let start = (row * height + y) * line + column * width;
                pixels[start..start + width].copy_from_slice(from);
            }
        }
        Self { rows, columns, image_height: height, image_width: width, pixels }
    }
}
