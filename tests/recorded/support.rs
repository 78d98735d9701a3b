//! What the tests of all clouds share: a recording that is served, and what was not as recorded.

use std::path::{Path, PathBuf};

use landbridge_record::{Replay, Rest};

/// One recording, served.
pub(crate) struct Recording {
    directory: PathBuf,
    replay: Replay,
    is_finished: bool,
}

/// Where the recordings of a cloud are.
pub(crate) fn directory_of(cloud: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.join("recorded").join(cloud)
}

impl Recording {
    pub(crate) async fn start(cloud: &str, scenario: &str) -> Self {
        let directory = directory_of(cloud).join(scenario);
        let replay = Replay::start(&directory, Rest::Refuse).await;
        Self {
            replay: replay.expect("a recording"),
            directory,
            is_finished: false,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.replay.url()
    }

    /// A file that is kept with the recording.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Fails unless exactly what was recorded has been asked for.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
        let unused = self.replay.unused();
        assert!(
            unused.is_empty() && self.replay.unmatched().is_empty(),
            "{} was not followed; not asked for:\n\n{}",
            self.directory.display(),
            unused.join("\n\n")
        );
    }
}

/// Tells what was not recorded, also when a test ends early because of it.
impl Drop for Recording {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.is_finished, "the test does not finish its recording");
            return;
        }
        let unmatched = self.replay.unmatched();
        if std::env::var_os("LANDBRIDGE_BLESS").is_some() {
            bless(&self.directory, &unmatched, &self.replay.unused());
        }
        if !unmatched.is_empty() {
            eprintln!("not recorded:\n\n{}", unmatched.join("\n\n"));
        }
    }
}

/// All recorded requests of a cloud.
pub(crate) fn requests_of(cloud: &str) -> Vec<String> {
    let scenarios = listed(&directory_of(cloud)).into_iter();
    let scenarios = scenarios.filter(|path| path.is_dir());
    let files = scenarios.flat_map(|scenario| requests_in(&scenario));
    files.map(|file| read(&file)).collect()
}

fn requests_in(scenario: &Path) -> Vec<PathBuf> {
    let mut files = listed(scenario);
    files.retain(|file| file.extension().is_some_and(|end| end == "request"));
    files
}

fn listed(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a text")
}

/// The operation that a recorded request names.
pub(crate) fn operation(request: &str) -> Option<&str> {
    let named = (request.lines()).find_map(|line| line.strip_prefix("x-acs-action: "));
    named.or_else(|| {
        let (_, rest) = request.split_once("Action=")?;
        rest.split(['&', ' ', '\n']).next()
    })
}

/// Writes what was asked for over the first recorded request of the same operation that was not asked for.
fn bless(directory: &Path, unmatched: &[String], unused: &[String]) {
    let mut files = requests_in(directory);
    files.retain(|file| unused.contains(&read(file)));
    let mut written: Vec<&String> = Vec::new();
    for asked in unmatched {
        let same = |file: &PathBuf| operation(&read(file)) == operation(asked);
        let at = files.iter().position(same);
        if let Some(at) = at.filter(|_| !written.contains(&asked)) {
            std::fs::write(files.remove(at), asked).expect("written");
            written.push(asked);
        }
    }
}
