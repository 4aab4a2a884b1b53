//! A proxy between a node and PostgreSQL, which the test can cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Open,
    /// Nothing passes, and nobody is told: as if a cable had been pulled out.
    Silent,
    /// Connections are closed, also new ones.
    Closed,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    line: watch::Sender<Line>,
}

impl Proxy {
    /// Starts a proxy to a server.
    pub(crate) async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, state) = watch::channel(Line::Open);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (server, state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    if *state.borrow() == Line::Closed {
                        return;
                    }
                    let server = TcpStream::connect(&server).await.unwrap();
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    // A connection that was there when the line was cut never works again.
                    let cut = Arc::new(AtomicBool::new(false));
                    tokio::select! {
                        () = pass(from_client, to_server, state.clone(), Arc::clone(&cut)) => {}
                        () = pass(from_server, to_client, state, cut) => {}
                    }
                });
            }
        });
        Self { address, line }
    }

    pub(crate) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>, cut: Arc<AtomicBool>) {
    let mut bytes = vec![0; 65_536];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = line.changed() => {
                match *line.borrow_and_update() {
                    Line::Closed => return,
                    Line::Silent => cut.store(true, Ordering::Relaxed),
                    Line::Open => {}
                }
                continue;
            }
        };
        if read == 0 {
            return;
        }
        if !cut.load(Ordering::Relaxed) && *line.borrow() == Line::Open && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
