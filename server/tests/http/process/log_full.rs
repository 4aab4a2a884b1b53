//! Standard error cannot be written, as when a file on a full disk takes the log.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{LIMIT, Server, ask, latchkey};

/// Starts a server whose log fails, and waits until it listens.
fn start(format: &str) -> (Server, String) {
    let folder = tempfile::tempdir().unwrap();
    // Its log cannot tell the address.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let child = latchkey(&folder)
        .arg("serve")
        .env("LATCHKEY_ADDR", &address)
        .env("LATCHKEY_LOG_FORMAT", format)
        .stderr(Stdio::from(File::options().write(true).open("/dev/full").unwrap()))
        .spawn()
        .unwrap();
    let mut server = Server {
        child,
        log: Arc::new(Mutex::default()),
        folder,
    };
    let began = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(server.child.try_wait().unwrap().is_none(), "{format}: it has ended");
        assert!(began.elapsed() < LIMIT, "{format}: it does not listen");
        thread::sleep(Duration::from_millis(10));
    }
    (server, address)
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    for format in ["text", "json"] {
        let (mut server, address) = start(format);
        // This is logged.
        let head =
            "POST /login HTTP/1.1\r\nOrigin: https://evil.example\r\nContent-Type: application/x-www-form-urlencoded";
        for _ in 0..2 {
            let refused = ask(&address, head, "email=ada%40example.com");
            assert!(refused.starts_with("HTTP/1.1 403"), "{format}: {refused}");
        }
        assert!(server.stop().0.success(), "{format}");
    }
}
