//! Lines in, lines out. What is sent while input is at hand leaves in one write, when the reader is about to wait.
use std::io::{BufRead, BufReader, Read, Stdin, Write};
use std::process::exit;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const READ_BYTES: usize = 64 << 10;
const WRITE_BYTES: usize = 2 << 10; // the host reads these while the rest is answered
const LOOK: Duration = Duration::from_micros(100);
const CROWDED: Duration = Duration::from_micros(20);
const REST_WAITS: u32 = 500;

#[derive(Default)]
pub struct Output(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    reader_waits: bool, // so nobody else would send it
}

impl Output {
    pub fn send(&self, frame: &str) {
        let mut pending = self.0.lock().unwrap();
        pending.bytes.extend_from_slice(frame.as_bytes());
        pending.bytes.push(b'\n');
        if pending.reader_waits || pending.bytes.len() >= WRITE_BYTES {
            pending.flush();
        }
    }

    pub fn flush(&self) {
        self.0.lock().unwrap().flush();
    }

    fn reader_waits(&self, waits: bool) {
        let mut pending = self.0.lock().unwrap();
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

pub struct Input {
    stdin: BufReader<Stdin>,
    second_cpu: bool,
    lively: bool, // the last wait was short
    rest: u32,    // waits to come without a look
}

impl Input {
    pub fn new() -> Input {
        let second_cpu = std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 1);
        Input { stdin: BufReader::with_capacity(READ_BYTES, std::io::stdin()), second_cpu, lively: false, rest: 0 }
    }

    /// The next line, at most `longest` bytes of it; empty at the end of input.
    pub fn line(&mut self, longest: u64, out: &Output) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") && (line.len() as u64) < longest {
            if self.stdin.buffer().is_empty() {
                self.wait(out);
            }
            let part = self.stdin.fill_buf()?;
            if part.is_empty() {
                break;
            }
            let room = part.len() as u64;
            self.stdin.by_ref().take(room.min(longest - line.len() as u64)).read_until(b'\n', &mut line)?;
        }
        Ok(line)
    }

    /// To be woken takes longer than a short answer of the host: while the talk is lively, and a second CPU can
    /// run the host, it looks for `LOOK` before it sleeps. Not for `REST_WAITS` after a look took `CROWDED`:
    /// somebody else wanted this CPU.
    fn wait(&mut self, out: &Output) {
        out.reader_waits(true);
        let began = Instant::now();
        let looks = self.lively && self.second_cpu && self.rest == 0;
        self.rest = self.rest.saturating_sub(1);
        let mut last = began;
        while !ready(0) && looks && began.elapsed() < LOOK {
            std::thread::yield_now();
            if last.elapsed() > CROWDED {
                self.rest = REST_WAITS;
            }
            last = Instant::now();
        }
        ready(-1);
        self.lively = began.elapsed() < 2 * LOOK;
        out.reader_waits(false);
    }
}

/// Whether stdin has something to read within `timeout_ms`, -1 for ever; its end counts.
#[cfg(unix)]
fn ready(timeout_ms: i32) -> bool {
    #[repr(C)]
    struct PollFd { fd: i32, events: i16, revents: i16 }
    // The C library's, which every Rust program on these systems is linked with.
    extern "C" { fn poll(fds: *mut PollFd, count: std::ffi::c_ulong, timeout_ms: i32) -> i32; }
    let mut stdin = PollFd { fd: 0, events: 1, revents: 0 };
    unsafe { poll(&mut stdin, 1, timeout_ms) != 0 }
}

#[cfg(not(unix))]
fn ready(_timeout_ms: i32) -> bool {
    true // the read waits
}
