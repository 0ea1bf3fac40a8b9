//! A terminal that takes nothing, slowly or no more.

use super::*;

/// A terminal that takes what it is given room for: how much there is, and what it has taken.
#[derive(Clone, Debug, Default)]
struct Slow(Arc<(Mutex<Taken>, Condvar)>);

type Taken = (usize, Vec<u8>);

impl Slow {
    fn with_room(room: usize) -> Self {
        let slow = Self::default();
        slow.0.0.lock().unwrap().0 = room;
        slow
    }

    fn taken(&self) -> Vec<u8> {
        self.0.0.lock().unwrap().1.clone()
    }

    fn make_room(&self) {
        self.0.0.lock().unwrap().0 = usize::MAX;
        self.0.1.notify_all();
    }
}

impl Sink for Slow {
    fn has_room(&mut self, limit: Duration) -> io::Result<bool> {
        let state = self.0.0.lock().unwrap();
        let (state, _) = self.0.1.wait_timeout_while(state, limit, |(room, _)| *room == 0).unwrap();
        Ok(state.0 > 0)
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let mut state = self.0.0.lock().unwrap();
        let length = piece.len().min(state.0);
        state.0 -= length;
        state.1.extend_from_slice(&piece[..length]);
        Ok(length)
    }

    /// Half of what a kernel holds is read already.
    fn discard(&mut self) {
        self.0.0.lock().unwrap().0 += 1000;
    }
}

/// A terminal that is gone.
struct Gone;

impl Sink for Gone {
    fn has_room(&mut self, _: Duration) -> io::Result<bool> {
        Ok(true)
    }

    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::BrokenPipe, "gone"))
    }

    fn discard(&mut self) {}
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

#[test]
fn nothing_waits_for_a_terminal_that_takes_nothing_and_all_is_written_in_its_order_later() {
    let slow = Slow::with_room(3);
    let writer = Writer::start(slow.clone()).unwrap();
    writer.send(b"frame ").unwrap();
    writer.send(b"copy ").unwrap();
    assert!(!writer.is_free());
    slow.make_room();
    runtime().block_on(async {
        while !writer.is_free() {
            writer.freed().await;
        }
    });
    assert_eq!(slow.taken(), b"frame copy ");
}

#[test]
fn what_waits_for_a_terminal_that_takes_nothing_is_bounded() {
    let writer = Writer::start(Slow::default()).unwrap();
    let much = vec![b'x'; MOST_WAITING];
    writer.send(&much).unwrap();
    let refused = (0..2).find_map(|_| writer.send(&much).err()).unwrap();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn the_last_bytes_are_written_though_a_frame_is_stuck_and_the_rest_of_that_is_dropped() {
    let slow = Slow::with_room(300);
    let writer = Writer::start(slow.clone()).unwrap();
    writer.send(&[b'f'; 5000]).unwrap();
    assert!(writer.finish(b"bye"));
    let taken = slow.taken();
    assert!(taken.ends_with(b"fbye"), "the last bytes come last");
    assert_eq!(taken.len(), 303);
}

#[test]
fn a_terminal_that_is_gone_is_an_error_for_whoever_writes_next() {
    let writer = Writer::start(Gone).unwrap();
    writer.send(b"frame").unwrap();
    runtime().block_on(writer.freed());
    assert!(writer.is_free());
    assert_eq!(writer.send(b"frame").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(!writer.finish(b"bye"));
}
