//! Programs that run beside a test: what they say, signals to them, and how they end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Run, through_python};

/// A program whose stderr is read line by line.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Running {
    pub(crate) fn start(command: &Command) -> Self {
        let mut heeding = through_python(command, "heeding.py", &[]);
        heeding.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = heeding.spawn().expect("the program starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        Self {
            child,
            stderr: BufReader::new(stderr),
            said: String::new(),
        }
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = self.stderr.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "`{text}` was not said: {}", self.said);
            self.said.push_str(&line);
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    pub(crate) fn end(mut self) -> Run {
        self.stderr.read_to_string(&mut self.said).expect("UTF-8");
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().expect("stdout is piped");
        pipe.read_to_string(&mut stdout).expect("UTF-8");
        Run {
            code: self.child.wait().expect("it ends").code(),
            stdout,
            stderr: self.said,
        }
    }
}
