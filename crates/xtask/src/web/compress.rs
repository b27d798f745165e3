//! Compressed copies, made once so that the server never compresses.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Files, Variant};

/// Brotli's window, the largest that every browser takes (2^22 bytes).
const BROTLI_WINDOW_BITS: u32 = 22;
const BROTLI_BUFFER_BYTES: usize = 1 << 16;

/// Already compressed inside.
const PACKED: [&str; 3] = [".woff2", ".png", ".webp"];

/// Adds `NAME.br` and `NAME.gz` to each file that gets smaller by it.
pub(super) fn with_compressed(files: Files, variant: Variant) -> Files {
    let (brotli_quality, gzip_level) = match variant {
        Variant::Release => (11, Compression::best()),
        Variant::Dev => (2, Compression::fast()), // 20 MB of wasm at 11 would take a minute of each edit
    };
    let mut all = Files::new();
    for (name, bytes) in files {
        if !PACKED.iter().any(|extension| name.ends_with(extension)) {
            let copies = [("br", brotli(&bytes, brotli_quality)), ("gz", gzip(&bytes, gzip_level))];
            for (extension, packed) in copies {
                if packed.len() < bytes.len() {
                    all.insert(format!("{name}.{extension}"), packed);
                }
            }
        }
        all.insert(name, bytes);
    }
    all
}

fn brotli(bytes: &[u8], quality: u32) -> Vec<u8> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BROTLI_BUFFER_BYTES, quality, BROTLI_WINDOW_BITS);
    writer.write_all(bytes).expect("writing to memory does not fail");
    writer.into_inner()
}

fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), level);
    writer.write_all(bytes).expect("writing to memory does not fail");
    writer.finish().expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Files, Variant, with_compressed};

    #[test]
    fn a_packed_copy_unpacks_to_the_same_bytes_and_exists_only_where_it_saves() {
        let text = b"the same words again, ".repeat(100);
        let files = Files::from([
            ("a.js".to_owned(), text.clone()),
            ("tiny.txt".to_owned(), b"x".to_vec()),
        ]);
        let all = with_compressed(files, Variant::Release);

        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&all["a.js.br"][..], 4096)
            .read_to_end(&mut unpacked)
            .expect("it is brotli");
        assert_eq!(unpacked, text);
        unpacked.clear();
        flate2::read::GzDecoder::new(&all["a.js.gz"][..])
            .read_to_end(&mut unpacked)
            .expect("it is gzip");
        assert_eq!(unpacked, text);
        assert!(
            !all.contains_key("tiny.txt.br"),
            "a copy that is larger than the file must not be there"
        );
    }
}
