//! Frames in, frames out: each is a message after its length, as a 32-bit big-endian integer. What is sent while input is at hand leaves in
//! one write, when the reader is about to wait.
use crate::sallyport_capnp::frame;
use capnp::message::{Builder, HeapAllocator, Reader, ReaderOptions};
use capnp::serialize::{read_message, write_message_to_words, OwnedSegments};
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Stdin, Write};
use std::process::exit;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

pub type Message = Reader<OwnedSegments>;

const READ_BYTES: usize = 64 << 10;
const WRITE_BYTES: usize = 2 << 10; // the host reads these while the rest is answered
const FIRST_WORDS: u32 = 64;
/// A value of the deepest nesting that the protocol has takes three pointers a level.
const NESTING: i32 = 256;
pub const MOST_BYTES: usize = 16 << 20;

pub struct Output {
    pending: Mutex<Pending>,
    pub frame_bytes: AtomicUsize,
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    reader_waits: bool, // so nobody else would send it
}

impl Output {
    pub fn new() -> Output {
        let bytes = b"SALLYPORT/1 capnp\n".to_vec();
        Output { pending: Mutex::new(Pending { bytes, reader_waits: false }), frame_bytes: AtomicUsize::new(MOST_BYTES) }
    }

    /// False: the frame is longer than the host takes, and was not sent.
    pub fn send(&self, fill: impl FnOnce(frame::Builder)) -> bool {
        let mut message = Builder::new(HeapAllocator::new().first_segment_words(FIRST_WORDS));
        fill(message.init_root());
        let words = write_message_to_words(&message);
        if words.len() > self.frame_bytes.load(Ordering::Relaxed) {
            return false;
        }
        let mut pending = self.pending.lock().unwrap();
        pending.bytes.extend_from_slice(&(words.len() as u32).to_be_bytes());
        pending.bytes.extend_from_slice(&words);
        if pending.reader_waits || pending.bytes.len() >= WRITE_BYTES {
            pending.flush();
        }
        true
    }

    pub fn flush(&self) {
        self.pending.lock().unwrap().flush();
    }

    fn reader_waits(&self, waits: bool) {
        let mut pending = self.pending.lock().unwrap();
        pending.reader_waits = waits;
        pending.flush();
    }
}

impl Pending {
    fn flush(&mut self) {
        let mut out = std::io::stdout().lock();
        if out.write_all(&self.bytes).and_then(|_| out.flush()).is_err() {
            exit(0); // the host is gone
        }
        self.bytes.clear();
    }
}

pub struct Input(BufReader<Stdin>);

impl Input {
    pub fn new() -> Input {
        Input(BufReader::with_capacity(READ_BYTES, std::io::stdin()))
    }

    /// The next frame; `None` at the end of input.
    pub fn frame(&mut self, out: &Output) -> Result<Option<Message>> {
        let mut length = [0; 4];
        if !self.fill(&mut length, out)? {
            return Ok(None);
        }
        let length = u32::from_be_bytes(length) as usize;
        let longest = out.frame_bytes.load(Ordering::Relaxed);
        if length > longest {
            return Err(Error::new(ErrorKind::InvalidData, format!("the host sent a frame of {length} bytes, and {longest} is what it may")));
        }
        let mut bytes = vec![0; length];
        if !self.fill(&mut bytes, out)? {
            return Ok(None);
        }
        let options = ReaderOptions { nesting_limit: NESTING, ..ReaderOptions::new() };
        read_message(&mut &bytes[..], options).map(Some).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }

    fn fill(&mut self, mut bytes: &mut [u8], out: &Output) -> Result<bool> {
        while !bytes.is_empty() {
            if self.0.buffer().is_empty() {
                out.reader_waits(true);
                self.0.fill_buf()?;
                out.reader_waits(false);
            }
            let read = self.0.read(bytes)?;
            if read == 0 {
                return Ok(false);
            }
            bytes = &mut bytes[read..];
        }
        Ok(true)
    }
}
