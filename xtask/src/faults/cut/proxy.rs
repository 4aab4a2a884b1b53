//! A TCP proxy that can cut its connections in three ways.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};

const POLL: Duration = Duration::from_millis(10);

/// What the proxy does with connections, also with those that are open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode {
    Forward,
    /// Ends them, and nobody listens any more.
    Refuse,
    /// Accepts new ones, and answers what comes with RST.
    Reset,
    /// Keeps them open and lets nothing through, as a network does that drops packets. Later, what waited comes through.
    Drop,
}

#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: u16,
    mode: AtomicU8,
    stop: AtomicBool,
}

impl Proxy {
    /// Listens on a free port of this machine, and forwards to another one.
    pub(super) fn start(upstream: u16) -> Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            upstream,
            mode: AtomicU8::new(Mode::Forward as u8),
            stop: AtomicBool::new(false),
        });
        let thread = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || listen(&shared, listener, port))
        };
        Ok(Proxy {
            port,
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn set(&self, mode: Mode) {
        self.shared.mode.store(mode as u8, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing to clean up.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn is(&self, mode: Mode) -> bool {
        self.mode.load(Ordering::SeqCst) == mode as u8
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

fn listen(shared: &Arc<Shared>, first: TcpListener, port: u16) {
    let mut listener = Some(first);
    while !shared.stops() {
        if shared.is(Mode::Refuse) {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
        }
        let accepted = listener.as_ref().and_then(|listener| {
            listener.set_nonblocking(true).ok()?;
            listener.accept().ok()
        });
        match accepted {
            Some((client, _)) => {
                let shared = Arc::clone(shared);
                thread::spawn(move || serve(&shared, client));
            }
            None => thread::sleep(POLL),
        }
    }
}

/// Serves one connection. Errors end it.
fn serve(shared: &Arc<Shared>, client: TcpStream) {
    while shared.is(Mode::Drop) && !shared.stops() {
        thread::sleep(POLL);
    }
    let open = Arc::new(AtomicBool::new(true));
    let forwarded = (|| {
        client.set_nonblocking(false)?;
        if shared.is(Mode::Reset) {
            return pump(shared, &open, client, None);
        }
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.upstream))?;
        let (to_client, from_server) = (client.try_clone()?, server.try_clone()?);
        let other = (Arc::clone(shared), Arc::clone(&open));
        thread::spawn(move || pump(&other.0, &other.1, from_server, Some(to_client)));
        pump(shared, &open, client, Some(server))
    })();
    // The connection has ended, with or without an error.
    drop(forwarded);
    open.store(false, Ordering::SeqCst);
}

/// Copies bytes in one direction, as long as the mode allows it.
fn pump(shared: &Shared, open: &AtomicBool, mut from: TcpStream, mut to: Option<TcpStream>) -> io::Result<()> {
    from.set_read_timeout(Some(POLL))?;
    let mut bytes = [0; 16 * 1024];
    while open.load(Ordering::SeqCst) && !shared.stops() {
        if shared.is(Mode::Drop) {
            thread::sleep(POLL);
            continue;
        }
        if shared.is(Mode::Refuse) {
            break;
        }
        if shared.is(Mode::Reset) {
            // A socket that is closed with bytes that nobody has read sends RST.
            match from.peek(&mut bytes) {
                Err(error) if is_timeout(&error) => continue,
                _ => {
                    open.store(false, Ordering::SeqCst);
                    return Ok(());
                }
            }
        }
        match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => match &mut to {
                Some(to) => to.write_all(&bytes[..length])?,
                None => break,
            },
            Err(error) if is_timeout(&error) => {}
            Err(_) => break,
        }
    }
    open.store(false, Ordering::SeqCst);
    // The end of a connection that is reset is not announced.
    if let Some(to) = &to
        && !shared.is(Mode::Reset)
    {
        to.shutdown(Shutdown::Both)?;
    }
    Ok(())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets the mode, and waits until all threads have seen it.
    fn set(proxy: &Proxy, mode: Mode) {
        proxy.set(mode);
        thread::sleep(POLL * 5);
    }

    /// A server that sends back what it gets.
    fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || io::copy(&mut stream.try_clone().unwrap(), &mut stream));
            }
        });
        port
    }

    fn connect(proxy: &Proxy) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        stream
    }

    fn say(stream: &mut TcpStream) -> io::Result<u8> {
        stream.write_all(b"a")?;
        let mut byte = [0];
        stream.read_exact(&mut byte).map(|()| byte[0])
    }

    #[test]
    fn each_mode_cuts_in_its_own_way() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut stream = connect(&proxy);
        assert_eq!(say(&mut stream).unwrap(), b'a');

        set(&proxy, Mode::Drop);
        assert!(is_timeout(&say(&mut stream).unwrap_err()));
        set(&proxy, Mode::Forward);
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"a", "what waited comes through");

        set(&proxy, Mode::Reset);
        assert_eq!(say(&mut stream).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(
            say(&mut connect(&proxy)).unwrap_err().kind(),
            io::ErrorKind::ConnectionReset
        );

        set(&proxy, Mode::Refuse);
        let refused = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);

        set(&proxy, Mode::Forward);
        assert_eq!(say(&mut connect(&proxy)).unwrap(), b'a');
    }
}
