//! IDX, the file format of MNIST and its kin: a big-endian header, then unsigned bytes.
//!
//! The header is two zero bytes, a type byte (8: unsigned), the rank, and one 32-bit length a
//! dimension. Files may be gzipped; that is seen by content, not by name. Nothing is allocated on
//! the header's word alone: memory grows with the bytes that really come.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};

/// Largest unpacked file that is read: a header that promises more is taken for damage.
pub(super) const MAX_BYTES: u64 = 4 << 30;

/// A file's content: its dimensions, its bytes, and the SHA-256 of the unpacked file, hex.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Idx {
    /// Lengths, outermost first; none is zero.
    pub(super) shape: Vec<usize>,
    /// Row-major elements.
    pub(super) bytes: Vec<u8>,
    /// SHA-256 of header and elements.
    pub(super) sha256: String,
}

impl Idx {
    /// What an IDX file of these lengths and bytes would be read as.
    pub(super) fn new(shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        let sha256 = Sha256::new().chain_update(header(&shape)).chain_update(&bytes).finalize();
        Self { shape, bytes, sha256: format!("{sha256:x}") }
    }
}

/// The header of an IDX file of unsigned bytes.
pub(super) fn header(shape: &[usize]) -> Vec<u8> {
    let mut header = vec![0, 0, 8, shape.len() as u8];
    header.extend(shape.iter().flat_map(|&length| (length as u32).to_be_bytes()));
    header
}

/// Why bytes are not a usable IDX file.
#[derive(Debug, thiserror::Error)]
pub enum IdxProblem {
    /// The bytes could not be read or unpacked.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The gzip stream ends early or does not unpack.
    #[error("is gzipped, but does not unpack: {0} (damaged, or a partial download?)")]
    Gzip(io::Error),
    /// Shorter than a header.
    #[error("ends inside its header, after {found} of {wanted} bytes (a partial download?)")]
    ShortHeader {
        /// Bytes that are there.
        found: usize,
        /// Bytes of the header.
        wanted: usize,
    },
    /// The first four bytes name something else.
    #[error("has magic {found:#010x} where IDX {what} have {wanted:#010x}{}", hint(*.found))]
    Magic {
        /// What was expected: images or labels.
        what: &'static str,
        /// First four bytes, big-endian.
        found: u32,
        /// What they should be.
        wanted: u32,
    },
    /// A dimension of length zero.
    #[error("holds nothing: its header says {}", lengths(.0))]
    Empty(Vec<u32>),
    /// More than this program would hold in memory.
    #[error("has a header of {}, more than {MAX_BYTES} bytes: damaged?", lengths(.0))]
    TooLarge(Vec<u32>),
    /// Fewer elements than the header says.
    #[error("is truncated: {found} of the {wanted} bytes its header promises ({})", lengths(.shape))]
    Truncated {
        /// Lengths by the header.
        shape: Vec<u32>,
        /// Elements that are there.
        found: u64,
        /// Elements by the header.
        wanted: u64,
    },
    /// More bytes than the header says.
    #[error("goes on after the {wanted} bytes its header promises ({})", lengths(.shape))]
    Trailing {
        /// Lengths by the header.
        shape: Vec<u32>,
        /// Elements by the header.
        wanted: u64,
    },
}

fn lengths(shape: &[u32]) -> String {
    shape.iter().map(u32::to_string).collect::<Vec<_>>().join(" x ")
}

/// What else the magic might mean.
fn hint(magic: u32) -> &'static str {
    match magic {
        0x0000_0801 => " (these are labels)",
        0x0000_0803 => " (these are images)",
        m if m >> 16 == 0 && matches!((m >> 8) & 0xff, 0x09 | 0x0b..=0x0e) => {
            " (IDX, but not of unsigned bytes)"
        }
        m if m >> 16 == 0 && (m >> 8) & 0xff == 8 => " (IDX of another rank)",
        _ => " (not an IDX file)",
    }
}

/// Whether a file is gzipped, by its first bytes.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Reads images (rank 3: count, height, width).
pub(super) fn read_images(source: impl BufRead) -> Result<Idx, IdxProblem> {
    read(source, "images", 3, BYTES)
}

/// Reads labels (rank 1: count).
pub(super) fn read_labels(source: impl BufRead) -> Result<Idx, IdxProblem> {
    read(source, "labels", 1, BYTES)
}

/// Reads the labels in the first column of a table of 32-bit integers (rank 2: count, columns), as
/// QMNIST has them. The hash is that of the table.
pub(super) fn read_label_table(source: impl BufRead) -> Result<Idx, IdxProblem> {
    let table = read(source, "label tables", 2, INTEGERS)?;
    let [count, columns] = table.shape[..] else { unreachable!("a table has two lengths") };
    let first = table.bytes.as_chunks::<4>().0.iter().step_by(columns);
    let labels: Result<Vec<u8>, _> =
        first.map(|label| u8::try_from(i32::from_be_bytes(*label))).collect();
    let bytes = labels.map_err(|error| IdxProblem::Read(io::Error::other(error)))?;
    Ok(Idx { shape: vec![count], bytes, sha256: table.sha256 })
}

/// Type byte of an IDX file of unsigned bytes.
const BYTES: u8 = 0x08;
/// Type byte of an IDX file of 32-bit integers.
const INTEGERS: u8 = 0x0c;

fn read(
    mut source: impl BufRead,
    what: &'static str,
    rank: u8,
    kind: u8,
) -> Result<Idx, IdxProblem> {
    if is_gzip(source.fill_buf()?) {
        read_plain(Members(Some(GzDecoder::new(source))), what, rank, kind).map_err(|problem| {
            match problem {
                IdxProblem::Read(error) => IdxProblem::Gzip(error),
                other => other,
            }
        })
    } else {
        read_plain(source, what, rank, kind)
    }
}

/// The members of a gzip file one after another; zero bytes after the last are padding, as for
/// `gunzip`. `None` past the end.
struct Members<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let Some(ended) = self.0.take() else { break };
            let mut source = ended.into_inner();
            let padded = skip_zeros(&mut source)?;
            if source.fill_buf()?.is_empty() {
                break;
            }
            if padded {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "bytes after its padding"));
            }
            self.0 = Some(GzDecoder::new(source));
        }
        Ok(0)
    }
}

/// Whether zero bytes came, all of which are read.
fn skip_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    let mut some = false;
    loop {
        let bytes = source.fill_buf()?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        if zeros == 0 {
            return Ok(some);
        }
        some = true;
        source.consume(zeros);
    }
}

fn read_plain(
    mut source: impl Read,
    what: &'static str,
    rank: u8,
    kind: u8,
) -> Result<Idx, IdxProblem> {
    let mut header = Vec::new();
    let wanted = 4 + 4 * usize::from(rank);
    source.by_ref().take(wanted as u64).read_to_end(&mut header)?;

    // The magic number is checked first: for a file of another kind "too short" would mislead.
    let words: Vec<u32> =
        header.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
    let magic = u32::from(kind) << 8 | u32::from(rank);
    if let Some(&found) = words.first()
        && found != magic
    {
        return Err(IdxProblem::Magic { what, found, wanted: magic });
    }
    if header.len() < wanted {
        return Err(IdxProblem::ShortHeader { found: header.len(), wanted });
    }
    let shape = words[1..].to_vec();
    if shape.contains(&0) {
        return Err(IdxProblem::Empty(shape));
    }
    let each: u64 = if kind == INTEGERS { 4 } else { 1 };
    let total = shape.iter().try_fold(each, |n, &d| n.checked_mul(u64::from(d)));
    let Some(total) = total.filter(|&n| n <= MAX_BYTES) else {
        return Err(IdxProblem::TooLarge(shape));
    };

    // One byte more is asked for, so that trailing bytes show and a gzip stream is read to the
    // checksum at its end.
    let mut bytes = Vec::new();
    source.take(total + 1).read_to_end(&mut bytes)?;
    let found = bytes.len() as u64;
    if found < total {
        return Err(IdxProblem::Truncated { shape, found, wanted: total });
    }
    if found > total {
        return Err(IdxProblem::Trailing { shape, wanted: total });
    }
    bytes.shrink_to_fit();

    let sha256 = Sha256::new().chain_update(&header).chain_update(&bytes).finalize();
    let shape = shape.into_iter().map(|d| d as usize).collect();
    Ok(Idx { shape, bytes, sha256: format!("{sha256:x}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn images(count: u32, height: u32, width: u32, bytes: usize) -> Vec<u8> {
        let mut file = 0x0803u32.to_be_bytes().to_vec();
        for length in [count, height, width] {
            file.extend(length.to_be_bytes());
        }
        file.extend((0..bytes).map(|i| i as u8));
        file
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_gzipped_files_read_alike() {
        let file = images(2, 3, 4, 24);
        let plain = read_images(&file[..]).unwrap();
        assert_eq!(plain.shape, [2, 3, 4]);
        assert_eq!(plain.bytes, (0..24).collect::<Vec<u8>>());
        assert_eq!(plain.sha256, format!("{:x}", Sha256::digest(&file)));
        assert_eq!(read_images(&gzip(&file)[..]).unwrap(), plain);
        let two_members = [gzip(&file[..20]), gzip(&file[20..])].concat();
        assert_eq!(read_images(&two_members[..]).unwrap(), plain);
        let padded = [gzip(&file), vec![0; 700]].concat();
        assert_eq!(read_images(&padded[..]).unwrap(), plain);
        assert!(read_images(&[padded, vec![1]].concat()[..]).is_err());
    }

    #[test]
    fn every_problem_says_what_it_is() {
        let good = images(2, 3, 4, 24);
        let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
        let zipped = gzip(&good);
        let mut flipped = zipped.clone();
        let crc = flipped.len() - 8;
        flipped[crc] ^= 1;
        let mut followed = zipped.clone();
        followed.extend(b"more");
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", vec![]),
            ("half a magic", good[..2].to_vec()),
            ("half a header", good[..10].to_vec()),
            ("labels", labels.to_vec()),
            ("floats", [&[0, 0, 0x0d, 3], &good[4..]].concat()),
            ("rank 4", [&[0, 0, 8, 4], &good[4..]].concat()),
            ("text", b"<html>not found</html>".to_vec()),
            ("no images", images(0, 3, 4, 0)),
            ("no pixels", images(2, 0, 4, 0)),
            ("absurd", images(u32::MAX, u32::MAX, u32::MAX, 10)),
            ("large", images(u32::MAX, 2, 1, 10)),
            ("truncated", good[..30].to_vec()),
            ("trailing", images(2, 3, 4, 25)),
            ("gzip cut", zipped[..zipped.len() - 12].to_vec()),
            ("gzip with a wrong checksum", flipped),
            ("gzip with trailing bytes", followed),
            ("gzip of a truncated file", gzip(&good[..30])),
        ];
        let said: Vec<String> = cases
            .into_iter()
            .map(|(name, bytes)| format!("{name}: {}", read_images(&bytes[..]).unwrap_err()))
            .collect();
        insta::assert_snapshot!(said.join("\n"));
        let error = read_labels(&good[..]).unwrap_err();
        insta::assert_snapshot!(error, @"has magic 0x00000803 where IDX labels have 0x00000801 (these are images)");
    }

    proptest::proptest! {
        #[test]
        fn damage_gives_a_message_or_the_promised_bytes(
            zipped: bool,
            cut in 0usize..60,
            flips in proptest::collection::vec((0usize..60, 0u8..8), 0..4),
        ) {
            let file = images(2, 3, 4, 24);
            let mut file = if zipped { gzip(&file) } else { file };
            for (at, bit) in flips {
                let at = at % file.len();
                file[at] ^= 1 << bit;
            }
            file.truncate(cut.max(1));
            if let Ok(idx) = read_images(&file[..]) {
                proptest::prop_assert_eq!(idx.shape.iter().product::<usize>(), idx.bytes.len());
            }
        }
    }

    #[test]
    fn a_header_alone_allocates_nothing() {
        // 4 GiB promised, 10 bytes given: this would not fit a small machine if it were reserved.
        let error = read_images(&images(1 << 16, 1 << 8, 1 << 8, 10)[..]).unwrap_err();
        assert!(matches!(error, IdxProblem::Truncated { found: 10, .. }), "{error}");
    }
}
