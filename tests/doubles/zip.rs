//! Zips as artifacts are, honest and not.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip of files, compressed. The names are written as they are.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a name");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("a zip").into_inner()
}

/// One file of so many zeros: a few kilobytes that become them all.
pub fn bomb(name: &str, megabytes: usize) -> Vec<u8> {
    let zeros = vec![0; megabytes << 20];
    zip(&[(name, &zeros)])
}
