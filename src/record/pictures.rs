//! Sample grids as PNG, and over the epochs as a GIF.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use gif::{Encoder, Frame, Repeat};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::listing::epochs_in;
use super::{RunPaths, disk};
use crate::error::{Context, Result, ensure};
use crate::run::Grid;
use crate::text::evenly;

/// Most frames of a GIF: over more epochs, evenly spread ones are shown.
const FRAMES: usize = 60;
/// Most pixels of all frames together: they are in memory at once, and half of what the decoder takes
/// of one picture.
const PIXELS: usize = 1 << 28;
/// Time of a frame, hundredths of a second.
const DELAY: u16 = 12;
/// Time of the last frame, hundredths of a second.
const LAST_DELAY: u16 = 250;
/// Grey levels of a GIF; a power of two. With all 256 of them it would be twice as large, and the
/// eye sees no difference.
const GREYS: usize = 32;
/// Height of the bar under the pictures that shows how far training is, pixels.
const BAR: usize = 4;

/// The grid as an 8-bit grey PNG, pixel for pixel: nothing is drawn between the images, so the
/// file is the generator's output and nothing else.
///
/// # Errors
/// If the grid's pixels do not fill it, or it is empty.
pub fn png(grid: &Grid) -> Result<Vec<u8>> {
    let (height, width) = (grid.rows * grid.image_height, grid.columns * grid.image_width);
    ensure!(
        height > 0 && width > 0 && grid.pixels.len() == height * width,
        "a grid of {width} x {height} pixels has {} of them",
        grid.pixels.len()
    );
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(&grid.pixels, width as u32, height as u32, ExtendedColorType::L8)
        .context("cannot encode the sample grid")?;
    Ok(bytes)
}

/// Most frames that a GIF of grids of this size may have; 0 for one that no GIF can hold (65,535
/// pixels a side), or that is too large to be drawn. A picture is no reason to lose a training.
pub(crate) fn gif_frames(width: u32, height: u32) -> usize {
    let side = u32::from(u16::MAX);
    if width > side || height > side - BAR as u32 {
        return 0;
    }
    FRAMES.min(PIXELS / (width as usize * height as usize).max(1))
}

/// Makes a run's GIF from its sample grids; nothing if it has none, or if no GIF can hold them.
///
/// # Errors
/// If a grid cannot be read, or the GIF not be written.
pub(super) fn write_gif(paths: &RunPaths) -> Result<()> {
    let epochs = epochs_in(&paths.samples_dir(), "png")?;
    let Some(&last) = epochs.last() else { return Ok(()) };
    let last_picture = paths.samples(last);
    let (width, height) = image::image_dimensions(&last_picture)
        .with_context(|| format!("cannot read {}", last_picture.display()))?;
    let most = gif_frames(width, height);
    if most == 0 {
        return Ok(());
    }
    let mut frames = Vec::new();
    for epoch in evenly(epochs.len(), most).into_iter().map(|index| epochs[index]) {
        let path = paths.samples(epoch);
        let picture =
            read_grey(&path).with_context(|| format!("cannot read {}", path.display()))?;
        frames.push((picture, epoch as f64 / last as f64));
    }
    disk::write_whole(&paths.samples_gif(), &gif(&frames).context("cannot encode the GIF")?)
}

/// A grey picture: its pixels, row-major, and its width.
struct Grey {
    pixels: Vec<u8>,
    width: usize,
}

fn read_grey(path: &Path) -> Result<Grey> {
    let mut reader = image::ImageReader::new(Cursor::new(fs::read(path)?));
    reader.set_format(image::ImageFormat::Png);
    let image = reader.decode()?.into_luma8();
    Ok(Grey { width: image.width() as usize, pixels: image.into_raw() })
}

/// Encodes pictures with the share of training done at each.
fn gif(frames: &[(Grey, f64)]) -> Result<Vec<u8>> {
    let (width, height) = match frames.first() {
        Some((first, _)) => (first.width, first.pixels.len() / first.width + BAR),
        None => return Ok(Vec::new()),
    };
    let (width_u16, height_u16) = (u16::try_from(width)?, u16::try_from(height)?);
    let palette: Vec<u8> = (0..GREYS).flat_map(|i| [(i * 255 / (GREYS - 1)) as u8; 3]).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width_u16, height_u16, &palette)?;
    encoder.set_repeat(Repeat::Infinite)?;
    for (i, (picture, done)) in frames.iter().enumerate() {
        ensure!(
            picture.width == width && picture.pixels.len() == width * (height - BAR),
            "the sample grids differ in size"
        );
        let mut pixels: Vec<u8> = picture
            .pixels
            .iter()
            .map(|&p| ((usize::from(p) * (GREYS - 1) + 127) / 255) as u8)
            .collect();
        let filled = (done * width as f64).round() as usize;
        for row in 0..BAR {
            // A dark line parts the bar from the pictures.
            let (on, off) = if row == 0 { (GREYS / 4, GREYS / 4) } else { (GREYS - 1, GREYS / 4) };
            pixels.extend((0..width).map(|x| (if x < filled { on } else { off }) as u8));
        }
        let mut frame = Frame::from_indexed_pixels(width_u16, height_u16, pixels, None);
        frame.delay = if i + 1 == frames.len() { LAST_DELAY } else { DELAY };
        encoder.write_frame(&frame)?;
    }
    drop(encoder);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_that_no_gif_can_hold_has_none_and_is_no_error() {
        assert_eq!([gif_frames(560, 280), gif_frames(65_535, 280)], [60, 14]);
        assert_eq!(
            [gif_frames(65_536, 1), gif_frames(1, 65_532), gif_frames(60_000, 60_000)],
            [0; 3]
        );
        let dir = tempfile::tempdir().unwrap();
        let paths = RunPaths::at(dir.path());
        fs::create_dir_all(paths.samples_dir()).unwrap();
        let wide = Grid {
            rows: 2,
            columns: 20,
            image_height: 1,
            image_width: 5000,
            pixels: vec![7; 200_000],
        };
        fs::write(paths.samples(1), png(&wide).unwrap()).unwrap();
        write_gif(&paths).unwrap();
        assert!(!paths.samples_gif().exists());
    }

    #[test]
    fn a_png_is_the_grid_pixel_for_pixel() {
        let (rows, columns, image_height, image_width) = (2, 3, 4, 5);
        let pixels: Vec<u8> = (0..120).map(|i| (i * 2) as u8).collect();
        let grid = Grid { rows, columns, image_height, image_width, pixels };
        let image = image::load_from_memory(&png(&grid).unwrap()).unwrap();
        assert_eq!((image.color(), image.width(), image.height()), (image::ColorType::L8, 15, 8));
        assert_eq!(image.into_bytes(), grid.pixels);
        let error = png(&Grid { columns: 4, ..grid }).unwrap_err().to_string();
        assert_eq!(error, "a grid of 20 x 8 pixels has 120 of them");
    }
}
