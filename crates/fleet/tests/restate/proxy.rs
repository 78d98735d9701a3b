//! What is between two parties: a balancer, a cut cable, a firewall that forgets connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It arrives.
    Up,
    /// Connections end, and none begins.
    Cut,
    /// Nothing arrives, and no connection ends.
    Silent,
}

/// All that came from the near side.
type Sent = Arc<Mutex<Vec<u8>>>;

/// A listener on loopback that leads its connections to its targets in turn, past those that take none.
pub(crate) struct Proxy {
    address: SocketAddr,
    targets: Arc<Mutex<Vec<SocketAddr>>>,
    line: watch::Sender<Line>,
    sent: Sent,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(targets: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let targets = Arc::new(Mutex::new(targets));
        let (line, seen) = watch::channel(Line::Up);
        let sent = Sent::default();
        let (to, kept) = (Arc::clone(&targets), Arc::clone(&sent));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let to = {
                    let mut to = to.lock().expect("no panic");
                    let next = to.len().min(1);
                    to.rotate_left(next);
                    to.clone()
                };
                tokio::spawn(forward(stream, to, seen.clone(), Arc::clone(&kept)));
            }
        });
        Self {
            address,
            targets,
            line,
            sent,
            task,
        }
    }

    /// How many writes were sent to a cloud behind it.
    pub(crate) fn writes(&self) -> usize {
        let sent = self.sent.lock().expect("no panic").clone();
        let sent = String::from_utf8_lossy(&sent).into_owned();
        let actions = sent.split("x-acs-action: ").skip(1);
        let reads = ["Check", "Describe", "Get", "List"];
        let is_read = |action: &&str| reads.iter().any(|read| action.starts_with(read));
        actions.filter(|action| !is_read(action)).count()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// New connections go there.
    pub(crate) fn lead_to(&self, targets: Vec<SocketAddr>) {
        *self.targets.lock().expect("no panic") = targets;
    }

    pub(crate) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(
    near: TcpStream,
    targets: Vec<SocketAddr>,
    line: watch::Receiver<Line>,
    sent: Sent,
) {
    for target in targets {
        if *line.borrow() == Line::Cut {
            return;
        }
        let Ok(far) = TcpStream::connect(target).await else {
            continue;
        };
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        let mut cut = line.clone();
        tokio::select! {
            () = copy(near_read, far_write, line.clone(), Some(sent)) => {}
            () = copy(far_read, near_write, line, None) => {}
            _ = cut.wait_for(|line| *line == Line::Cut) => {}
        }
        return;
    }
}

// The end of one direction ends both: no client here sends after it has closed its half.
async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    line: watch::Receiver<Line>,
    sent: Option<Sent>,
) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        // What was sent into the silence is lost, and so is the connection, without a word.
        if *line.borrow() == Line::Silent {
            std::future::pending::<()>().await;
        }
        if let Some(sent) = &sent {
            sent.lock()
                .expect("no panic")
                .extend_from_slice(&buffer[..read]);
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
