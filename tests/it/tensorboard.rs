//! Reads TensorBoard event files by the format's description alone: nothing of the writer is used.
//!
//! A record is its length (u64), the length's masked CRC-32C, the bytes, and theirs; the bytes are
//! a protobuf `Event`.

/// One value of one event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `simple_value`.
    Scalar(f32),
    /// `image`: height, width, and the encoded picture.
    Image(u64, u64, Vec<u8>),
}

/// One tagged value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) wall_time: f64,
    pub(crate) step: u64,
    pub(crate) tag: String,
    pub(crate) description: String,
    pub(crate) value: Value,
}

/// The file's version string and its values in order; panics on any damage.
pub(crate) fn read(file: &[u8]) -> (String, Vec<Entry>) {
    let mut version = String::new();
    let mut entries = Vec::new();
    for (i, record) in records(file).into_iter().enumerate() {
        let (mut wall_time, mut step, mut values) = (0.0, 0, Vec::new());
        for (field, content) in fields(record) {
            match (field, content) {
                (1, Field::Fixed(bytes)) => {
                    wall_time = f64::from_le_bytes(bytes.try_into().unwrap())
                }
                (2, Field::Number(n)) => step = n,
                (3, Field::Bytes(text)) => {
                    assert_eq!(i, 0, "the version stands first");
                    version = String::from_utf8(text.to_vec()).unwrap();
                }
                (5, Field::Bytes(summary)) => values = fields(summary),
                other => panic!("event field {other:?}"),
            }
        }
        for (field, value) in values {
            let Field::Bytes(value) = value else { panic!("summary field {field}") };
            entries.push(entry(wall_time, step, value));
        }
    }
    (version, entries)
}

fn entry(wall_time: f64, step: u64, bytes: &[u8]) -> Entry {
    let (mut tag, mut description, mut value) = (String::new(), String::new(), None);
    for (field, content) in fields(bytes) {
        match (field, content) {
            (1, Field::Bytes(text)) => tag = String::from_utf8(text.to_vec()).unwrap(),
            (2, Field::Fixed(b)) => {
                value = Some(Value::Scalar(f32::from_le_bytes(b.try_into().unwrap())));
            }
            (4, Field::Bytes(image)) => {
                let (mut height, mut width, mut encoded) = (0, 0, Vec::new());
                for (field, content) in fields(image) {
                    match (field, content) {
                        (1, Field::Number(n)) => height = n,
                        (2, Field::Number(n)) => width = n,
                        (3, Field::Number(colorspace)) => assert_eq!(colorspace, 1, "grey"),
                        (4, Field::Bytes(b)) => encoded = b.to_vec(),
                        other => panic!("image field {other:?}"),
                    }
                }
                value = Some(Value::Image(height, width, encoded));
            }
            (9, Field::Bytes(metadata)) => {
                for (field, content) in fields(metadata) {
                    match (field, content) {
                        (1, Field::Bytes(plugin)) => assert!(!plugin.is_empty()),
                        (3, Field::Bytes(text)) => {
                            description = String::from_utf8(text.to_vec()).unwrap();
                        }
                        // Data class: scalar or blob sequence.
                        (4, Field::Number(class)) => assert!(class == 1 || class == 3),
                        other => panic!("metadata field {other:?}"),
                    }
                }
            }
            other => panic!("value field {other:?}"),
        }
    }
    Entry { wall_time, step, tag, description, value: value.expect("a value") }
}

/// The records of a file, each with both checksums checked.
fn records(mut file: &[u8]) -> Vec<&[u8]> {
    let masked = |bytes: &[u8]| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8);
    let mut records = Vec::new();
    while !file.is_empty() {
        let (length, rest) = file.split_at(8);
        let (length_crc, rest) = rest.split_at(4);
        assert_eq!(masked(length).to_le_bytes(), length_crc, "checksum of a length");
        let (data, rest) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
        let (data_crc, rest) = rest.split_at(4);
        assert_eq!(masked(data).to_le_bytes(), data_crc, "checksum of a record");
        records.push(data);
        file = rest;
    }
    records
}

#[derive(Debug)]
enum Field<'a> {
    Number(u64),
    Fixed(&'a [u8]),
    Bytes(&'a [u8]),
}

/// The fields of a protobuf message.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)),
            1 => Field::Fixed(take(&mut bytes, 8)),
            2 => {
                let length = varint(&mut bytes) as usize;
                Field::Bytes(take(&mut bytes, length))
            }
            5 => Field::Fixed(take(&mut bytes, 4)),
            other => panic!("wire type {other}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a number of more than 64 bits");
}
