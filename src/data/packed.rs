//! The packed form of the embedded images, smaller than gzip's: a sort, then Brotli.
//!
//! A pixel is best guessed from the pixels around it, and a general compressor sees only those that
//! come just before it in the file. So the pixels are sorted by what lies around them: six
//! neighbours that are decoded already, each reduced to a few levels of grey, name one of
//! [`CONTEXTS`] streams, and each pixel goes to the end of its stream. Going through the images in
//! the same order, a reader knows every pixel's stream, and takes the next byte from it.
//!
//! Unpacked by Brotli: the IDX header, the streams' lengths (32-bit little-endian), the streams.

use std::io::{self, Read};

/// Bytes of an IDX header of images.
const HEADER: usize = 16;

/// Streams: products of the levels of west, north, north-west, north-east, west-west, north-north.
const CONTEXTS: usize = 5 * 5 * 4 * 4 * 3 * 3;

/// The level of each grey: how many of these it reaches.
const FINE: [u8; 256] = levels(&[1, 64, 192, 252]);
const MEDIUM: [u8; 256] = levels(&[1, 128, 250]);
const COARSE: [u8; 256] = levels(&[1, 128]);

const fn levels(thresholds: &[u8]) -> [u8; 256] {
    let mut levels = [0; 256];
    let mut grey = 0;
    while grey < 256 {
        let mut i = 0;
        while i < thresholds.len() {
            levels[grey] += (grey >= thresholds[i] as usize) as u8;
            i += 1;
        }
        grey += 1;
    }
    levels
}

/// An image as its pixels come, with a margin of zeros: two rows above, two pixels before each row.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    const MARGIN: usize = 2;

    fn new(height: usize, width: usize) -> Self {
        let stride = width + Self::MARGIN;
        Self { width, height, pixels: vec![0; (height + Self::MARGIN) * stride] }
    }

    /// Fills the canvas pixel by pixel, row by row; `next` is given each pixel's context.
    fn fill(&mut self, mut next: impl FnMut(usize) -> io::Result<u8>) -> io::Result<()> {
        let stride = self.width + Self::MARGIN;
        for y in Self::MARGIN..self.height + Self::MARGIN {
            for at in y * stride + Self::MARGIN..(y + 1) * stride {
                self.pixels[at] = next(self.context(at, stride))?;
            }
        }
        Ok(())
    }

    /// The stream of the pixel at `at`. East of a row's end lies the next row's margin.
    fn context(&self, at: usize, stride: usize) -> usize {
        let level = |levels: &[u8; 256], back: usize| {
            usize::from(levels[usize::from(self.pixels[at - back])])
        };
        let mut context = level(&FINE, 1);
        context = context * 5 + level(&FINE, stride);
        context = context * 4 + level(&MEDIUM, stride + 1);
        context = context * 4 + level(&MEDIUM, stride - 1);
        context = context * 3 + level(&COARSE, 2);
        context * 3 + level(&COARSE, 2 * stride)
    }

    /// The rows, without the margin.
    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let rows = self.pixels.chunks(self.width + Self::MARGIN).skip(Self::MARGIN);
        rows.map(|row| &row[Self::MARGIN..])
    }
}

/// The IDX file of images that was packed. What comes out is to be checked by its hash.
///
/// # Errors
/// What no packed file looks like.
pub(super) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut sorted = Vec::new();
    brotli_decompressor::Decompressor::new(packed, 1 << 16).read_to_end(&mut sorted)?;
    let (header, rest) = sorted.split_at_checked(HEADER).ok_or_else(damaged)?;
    let [count, height, width] = shape(header);
    let (lengths, rest) = rest.split_at_checked(4 * CONTEXTS).ok_or_else(damaged)?;
    if [count, height, width].iter().try_fold(1, |n: usize, &m| n.checked_mul(m))
        != Some(rest.len())
    {
        return Err(damaged());
    }
    let mut streams = Vec::with_capacity(CONTEXTS);
    let mut start: usize = 0;
    for length in lengths.as_chunks().0 {
        let end = start + u32::from_le_bytes(*length) as usize;
        streams.push(rest.get(start..end).ok_or_else(damaged)?.iter());
        start = end;
    }
    let mut file = Vec::with_capacity(HEADER + rest.len());
    file.extend(header);
    let mut canvas = Canvas::new(height, width);
    for _ in 0..count {
        canvas.fill(|context| streams[context].next().copied().ok_or_else(damaged))?;
        canvas.rows().for_each(|row| file.extend(row));
    }
    Ok(file)
}

/// Images, height and width, as an IDX header has them.
fn shape(header: &[u8]) -> [usize; 3] {
    let mut lengths = header[4..].as_chunks().0.iter().map(|n| u32::from_be_bytes(*n) as usize);
    std::array::from_fn(|_| lengths.next().unwrap_or(0))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not what was packed")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;
    use std::{fs, iter};

    use super::*;

    /// What [`unpack`] takes back.
    fn pack(file: &[u8], quality: u32) -> Vec<u8> {
        let (header, pixels) = file.split_at(HEADER);
        let [_, height, width] = shape(header);
        let mut streams = vec![Vec::new(); CONTEXTS];
        let mut canvas = Canvas::new(height, width);
        for image in pixels.chunks(height * width) {
            let mut pixels = image.iter();
            let put = |context: usize| {
                let pixel = *pixels.next().unwrap();
                streams[context].push(pixel);
                Ok(pixel)
            };
            canvas.fill(put).unwrap();
        }
        let mut packed = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, 24);
        packed.write_all(header).unwrap();
        for stream in &streams {
            packed.write_all(&u32::try_from(stream.len()).unwrap().to_le_bytes()).unwrap();
        }
        streams.iter().for_each(|stream| packed.write_all(stream).unwrap());
        packed.into_inner()
    }

    /// Images of slopes and edges, so that many contexts occur.
    fn file(count: u8, height: u8, width: u8) -> Vec<u8> {
        let header = iter::once([0, 0, 8, 3]).chain([count, height, width].map(|n| [0, 0, 0, n]));
        let pixels = (0..usize::from(count) * usize::from(height) * usize::from(width))
            .map(|i| if i % 7 < 3 { 0 } else { (i * i / 5 % 256) as u8 });
        header.flatten().chain(pixels).collect()
    }

    #[test]
    fn what_is_packed_comes_back() {
        for (count, height, width) in [(9, 28, 28), (3, 1, 1), (2, 5, 40), (5, 3, 1), (1, 1, 9)] {
            let file = file(count, height, width);
            assert_eq!(unpack(&pack(&file, 5)).unwrap(), file, "{count} x {height} x {width}");
        }
    }

    #[test]
    fn damage_is_an_error() {
        let packed = pack(&file(9, 28, 28), 5);
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
        let brotli = |bytes: &[u8]| {
            let mut packed = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 1, 24);
            packed.write_all(bytes).unwrap();
            packed.into_inner()
        };
        let mut sorted = file(1, 1, 2);
        sorted.splice(HEADER..HEADER, vec![0; 4 * CONTEXTS]);
        for (what, cut) in [("header", 9), ("lengths", 99), ("pixels", sorted.len() - 1)] {
            assert!(unpack(&brotli(&sorted[..cut])).is_err(), "{what}");
        }
        // Two pixels, but no stream that holds them.
        assert!(unpack(&brotli(&sorted)).is_err());
        sorted[HEADER..HEADER + 4].copy_from_slice(&3u32.to_le_bytes());
        assert!(unpack(&brotli(&sorted)).is_err());
    }

    /// `just pack-mnist`: the packed files, from the gzipped ones.
    #[test]
    #[ignore = "makes files of the repository, in minutes"]
    fn pack_mnist() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
        for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
            let zipped = fs::File::open(dir.join(format!("{name}.gz"))).unwrap();
            let mut file = Vec::new();
            flate2::read::GzDecoder::new(zipped).read_to_end(&mut file).unwrap();
            let packed = pack(&file, 11);
            assert!(unpack(&packed).unwrap() == file, "{name}");
            fs::write(dir.join(format!("{name}.packed")), packed).unwrap();
        }
    }
}
