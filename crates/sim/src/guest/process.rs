//! Scripts under way on instances: they take virtual time and see the network as it is at each moment.

use std::collections::VecDeque;
use std::time::Duration;

use super::connect::{Address, Connecting};
use super::network::{Network, Reached};
use super::ping::{Event, Ping, Progress};
use super::shell::{self, Condition, Redirection, Sink, Sinks, Step};
use super::timeout::Limit;
use crate::packet::Protocol;

/// A script on one instance.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) started: Duration,
    timeout: Duration,
    /// The script's own clock.
    at: Duration,
    /// The shell, and what runs inside it.
    frames: Vec<Frame>,
    activity: Option<Activity>,
    exit: i32,
    output: Vec<(Sink, String)>,
    pub(crate) end: Option<End>,
}

/// A program that runs others.
#[derive(Debug, Clone)]
struct Frame {
    program: Program,
    steps: VecDeque<Step>,
    sinks: Sinks,
}

#[derive(Debug, Clone)]
enum Program {
    /// Its name in complaints.
    Shell(&'static str),
    /// Ends what it runs at a moment.
    Timeout(Limit),
}

/// What takes time.
#[derive(Debug, Clone)]
enum Activity {
    Ping(Progress, Sinks),
    /// The step is what is left to do once it is connected.
    Connect(Connecting, Step, Sinks),
}

/// How a script ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Exit {
        code: i32,
        at: Duration,
    },
    Timeout {
        at: Duration,
    },
    /// From outside, or it never began.
    Stopped {
        code: &'static str,
        at: Duration,
    },
}

/// What agents keep of the output.
const LONGEST: usize = 24 * 1024;

impl Process {
    pub(crate) fn new(script: &str, started: Duration, timeout: Duration) -> Self {
        let shell = Frame {
            program: Program::Shell("/bin/sh"),
            steps: shell::parse(script).into(),
            sinks: Sinks::TERMINAL,
        };
        Self {
            started,
            timeout,
            at: started,
            frames: vec![shell],
            activity: None,
            exit: 0,
            output: Vec::new(),
            end: None,
        }
    }

    /// All output, as a terminal shows it.
    pub(crate) fn output(&self) -> String {
        self.output.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The standard output.
    pub(crate) fn standard_output(&self) -> String {
        self.printed(Sink::Output)
    }

    /// The standard error.
    pub(crate) fn standard_error(&self) -> String {
        self.printed(Sink::Error)
    }

    fn printed(&self, sink: Sink) -> String {
        let of_sink = self.output.iter().filter(|(of, _)| *of == sink);
        of_sink.map(|(_, text)| text.as_str()).collect()
    }

    /// Carries on until the script ends or the next event lies in the future.
    pub(crate) fn carry_on(&mut self, now: Duration, network: &impl Network) {
        let last_moment = self.started.saturating_add(self.timeout);
        while self.end.is_none() {
            let limit = self.limit();
            let due = limit.map_or(self.due(), |(_, limit)| self.due().min(limit));
            if due > last_moment && now >= last_moment {
                self.end = Some(End::Timeout { at: last_moment });
            } else if due > now {
                return;
            } else if let Some((depth, _)) = limit.filter(|(_, limit)| *limit < self.due()) {
                self.at = due;
                self.kill(depth);
            } else {
                self.at = due;
                self.happen(network);
            }
        }
    }

    fn due(&self) -> Duration {
        let due = match &self.activity {
            Some(Activity::Ping(progress, _)) => match progress.next() {
                Event::Echo(at) | Event::End(at) => at,
            },
            Some(Activity::Connect(connecting, ..)) => connecting.due(),
            None => self.at,
        };
        due.max(self.at)
    }

    /// The first moment at which a `timeout` strikes, and which one it is.
    fn limit(&self) -> Option<(usize, Duration)> {
        let limits = self.frames.iter().enumerate();
        let limits = limits.filter_map(|(depth, frame)| match &frame.program {
            Program::Timeout(limit) => Some((depth, limit.at?)),
            Program::Shell(_) => None,
        });
        limits.min_by_key(|(_, at)| *at)
    }

    /// Ends a `timeout` and all that it runs.
    fn kill(&mut self, depth: usize) {
        if let Some(Frame {
            program: Program::Timeout(limit),
            ..
        }) = self.frames.get(depth)
        {
            self.exit = limit.exit_code();
        }
        self.frames.truncate(depth);
        self.activity = None;
    }

    fn happen(&mut self, network: &impl Network) {
        match self.activity.take() {
            Some(Activity::Ping(progress, sinks)) => self.go_on_pinging(progress, sinks, network),
            Some(Activity::Connect(connecting, step, sinks)) => {
                self.go_on_connecting(connecting, step, sinks, network);
            }
            None => match self.frames.last_mut().map(|frame| frame.steps.pop_front()) {
                Some(Some(step)) => self.start(step, network),
                Some(None) => self.leave(),
                None => self.end_here(),
            },
        }
    }

    /// The innermost program has nothing more to do.
    fn leave(&mut self) {
        self.frames.pop();
        if self.frames.is_empty() {
            self.end_here();
        }
    }

    fn end_here(&mut self) {
        self.end = Some(End::Exit {
            code: self.exit,
            at: self.at,
        });
    }

    fn go_on_pinging(&mut self, mut progress: Progress, sinks: Sinks, network: &impl Network) {
        if let Event::Echo(_) = progress.next() {
            let target = progress.ping.target;
            let answer = match network.send(target, Protocol::echo_to(target), self.at) {
                Reached::Answered(time) => Some(time),
                Reached::Refused(_) | Reached::Lost | Reached::NoAddress => None,
            };
            let line = progress.echo(answer);
            self.write(sinks.output, &line);
            self.activity = Some(Activity::Ping(progress, sinks));
        } else {
            self.write(sinks.output, &progress.statistics());
            self.exit = progress.exit_code();
        }
    }

    fn go_on_connecting(
        &mut self,
        mut connecting: Connecting,
        step: Step,
        sinks: Sinks,
        network: &impl Network,
    ) {
        if !connecting.has_ended() {
            let Address { host, port, .. } = connecting.address;
            let (at, protocol) = (self.at, Protocol::tcp(port));
            connecting.carry_on(at, || network.send(host, protocol, at));
            self.activity = Some(Activity::Connect(connecting, step, sinks));
            return;
        }
        match connecting.complaint() {
            None => self.redirect(step, sinks, network),
            Some([call, redirection]) => {
                self.complain_of_call(&call, sinks);
                self.complain(&redirection, step.line, sinks);
                self.exit = 1;
            }
        }
    }

    fn start(&mut self, step: Step, network: &impl Network) {
        let runs = match step.condition {
            Condition::Always => true,
            Condition::AfterSuccess => self.exit == 0,
            Condition::AfterFailure => self.exit != 0,
        };
        if let Some(sinks) = self.frames.last().map(|frame| frame.sinks).filter(|_| runs) {
            self.redirect(step, sinks, network);
        }
    }

    /// Makes the redirections of a step in their order, then runs its command.
    fn redirect(&mut self, mut step: Step, mut sinks: Sinks, network: &impl Network) {
        while !step.redirections.is_empty() {
            let redirection = step.redirections.remove(0);
            match Address::parse(&redirection.target) {
                Some(Ok(address)) => {
                    let connecting = Connecting::new(address, self.at);
                    self.activity = Some(Activity::Connect(connecting, step, sinks));
                    return;
                }
                Some(Err([host, path])) => {
                    self.complain_of_call(&host, sinks);
                    self.complain(&path, step.line, sinks);
                    self.exit = 1;
                    return;
                }
                None if is_absent(&redirection) => {
                    let path = redirection.target;
                    let complaint = format!("{path}: No such file or directory");
                    self.complain(&complaint, step.line, sinks);
                    self.exit = 1;
                    return;
                }
                None => sinks = sinks.redirected(&redirection),
            }
        }
        self.run(&step, sinks, network);
    }

    fn run(&mut self, step: &Step, sinks: Sinks, network: &impl Network) {
        let words = step.words.as_slice();
        // It replaces the shell, which changes nothing here.
        let words = words.strip_prefix(&["exec".to_owned()]).unwrap_or(words);
        let Some((path, arguments)) = words.split_first() else {
            self.exit = 0;
            return;
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            "ping" => self.start_ping(arguments, sinks, network),
            "timeout" => self.start_timeout(arguments, step.line, sinks),
            "bash" => self.start_shell("bash", arguments, sinks),
            "sh" => self.start_shell("sh", arguments, sinks),
            "echo" => self.echo(arguments, sinks),
            "sleep" => self.sleep(arguments),
            "true" | ":" | "export" | "set" => self.exit = 0,
            "false" => self.exit = 1,
            "exit" => self.exit_shell(arguments),
            _ => {
                self.complain_of_absence(name, step.line, sinks);
                self.exit = 127;
            }
        }
    }

    /// Ends the innermost shell with all that it runs.
    fn exit_shell(&mut self, arguments: &[String]) {
        let code = arguments.first().and_then(|code| code.parse().ok());
        self.exit = code.unwrap_or(self.exit);
        let is_shell = |frame: &Frame| matches!(frame.program, Program::Shell(_));
        let depth = self.frames.iter().rposition(is_shell);
        self.frames.truncate(depth.unwrap_or_default());
        if self.frames.is_empty() {
            self.end_here();
        }
    }

    fn start_ping(&mut self, arguments: &[String], sinks: Sinks, network: &impl Network) {
        let ping = match Ping::parse(arguments) {
            Ok(ping) => ping,
            Err(message) => {
                self.write(sinks.errors, &format!("{message}\n"));
                self.exit = 2;
                return;
            }
        };
        let echo = Protocol::echo_to(ping.target);
        if network.send(ping.target, echo, self.at) == Reached::NoAddress {
            self.write(sinks.errors, "ping: connect: Network is unreachable\n");
            self.exit = 2;
            return;
        }
        let progress = Progress::new(ping, self.at);
        self.write(sinks.output, &progress.header());
        self.activity = Some(Activity::Ping(progress, sinks));
    }

    fn start_timeout(&mut self, arguments: &[String], line: usize, sinks: Sinks) {
        match Limit::parse(arguments, self.at) {
            Ok((limit, words)) => {
                let command = Step {
                    condition: Condition::Always,
                    words,
                    redirections: Vec::new(),
                    line,
                };
                self.frames.push(Frame {
                    program: Program::Timeout(limit),
                    steps: VecDeque::from([command]),
                    sinks,
                });
            }
            Err(message) => {
                self.write(sinks.errors, &message);
                self.exit = 125;
            }
        }
    }

    fn start_shell(&mut self, name: &'static str, arguments: &[String], sinks: Sinks) {
        let mut rest = arguments.iter();
        let script = loop {
            match rest.next() {
                Some(option) if option.starts_with('-') && option.ends_with('c') => {
                    break rest.next();
                }
                Some(option) if option.starts_with('-') => {}
                Some(path) => {
                    let complaint = format!("{name}: {path}: No such file or directory\n");
                    self.write(sinks.errors, &complaint);
                    self.exit = 127;
                    return;
                }
                // It reads its empty input.
                None if arguments.iter().all(|option| !option.ends_with('c')) => {
                    self.exit = 0;
                    return;
                }
                None => break None,
            }
        };
        let Some(script) = script else {
            let complaint = format!("{name}: -c: option requires an argument\n");
            self.write(sinks.errors, &complaint);
            self.exit = 2;
            return;
        };
        self.exit = 0;
        self.frames.push(Frame {
            program: Program::Shell(name),
            steps: shell::parse(script).into(),
            sinks,
        });
    }

    fn echo(&mut self, arguments: &[String], sinks: Sinks) {
        let (arguments, end) = match arguments.split_first() {
            Some((first, rest)) if first == "-n" => (rest, ""),
            _ => (arguments, "\n"),
        };
        let text = arguments.join(" ").replace("$?", &self.exit.to_string());
        self.write(sinks.output, &format!("{text}{end}"));
        self.exit = 0;
    }

    fn sleep(&mut self, arguments: &[String]) {
        let seconds = arguments.first().and_then(|text| text.parse().ok());
        match seconds.map(Duration::try_from_secs_f64) {
            Some(Ok(pause)) => {
                self.at = self.at.saturating_add(pause);
                self.exit = 0;
            }
            _ => self.exit = 1,
        }
    }

    fn complain_of_absence(&mut self, command: &str, line: usize, sinks: Sinks) {
        let last = self.frames.last().map(|frame| &frame.program);
        if let Some(Program::Timeout(_)) = last {
            let complaint =
                format!("timeout: failed to run command ‘{command}’: No such file or directory\n");
            self.write(sinks.errors, &complaint);
        } else {
            self.complain(&format!("{command}: command not found"), line, sinks);
        }
    }

    /// As bash tells what is wrong with a line of its script.
    fn complain(&mut self, what: &str, line: usize, sinks: Sinks) {
        let complaint = format!("{}: line {line}: {what}\n", self.shell());
        self.write(sinks.errors, &complaint);
    }

    /// As bash tells what a call of the system said.
    fn complain_of_call(&mut self, what: &str, sinks: Sinks) {
        let complaint = format!("{}: {what}\n", self.shell());
        self.write(sinks.errors, &complaint);
    }

    fn shell(&self) -> &'static str {
        let names = self.frames.iter().rev();
        let mut names = names.filter_map(|frame| match frame.program {
            Program::Shell(name) => Some(name),
            Program::Timeout(_) => None,
        });
        names.next().unwrap_or("/bin/sh")
    }

    fn write(&mut self, sink: Sink, text: &str) {
        let kept: usize = self.output.iter().map(|(_, text)| text.len()).sum();
        if sink != Sink::Nothing && kept + text.len() <= LONGEST {
            self.output.push((sink, text.to_owned()));
        }
    }
}

/// Instances have no files but `/dev/null`.
fn is_absent(redirection: &Redirection) -> bool {
    redirection.reads_file() && redirection.target != "/dev/null"
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    /// Answers on port 22 of every address, refuses other ports, and loses what is sent to 10.0.0.9 in the first two seconds,
    /// and everything to 10.0.0.8. There is no IPv6.
    struct Lab;

    const TIME: Duration = Duration::from_millis(1);

    impl Network for Lab {
        fn send(&self, target: IpAddr, protocol: Protocol, at: Duration) -> Reached {
            let is_late = at < Duration::from_secs(2);
            match (target.to_string().as_str(), protocol) {
                ("10.0.0.8", _) => Reached::Lost,
                ("10.0.0.9", _) if is_late => Reached::Lost,
                _ if target.is_ipv6() => Reached::NoAddress,
                (_, Protocol::Tcp { destination, .. }) if destination != 22 => {
                    Reached::Refused(TIME)
                }
                _ => Reached::Answered(TIME),
            }
        }
    }

    fn run(script: &str) -> Process {
        let mut process = Process::new(script, Duration::ZERO, Duration::from_secs(1000));
        process.carry_on(Duration::from_secs(1000), &Lab);
        process
    }

    #[track_caller]
    fn ends(script: &str, expected: i32, after: Duration) -> Process {
        let process = run(script);
        match process.end {
            Some(End::Exit { code, at }) => assert_eq!((code, at), (expected, after), "{script}"),
            ref other => panic!("{script}: {other:?}"),
        }
        process
    }

    #[test]
    fn a_connection_that_is_accepted_ends_well_and_prints_nothing() {
        let script = "timeout 3 bash -c '</dev/tcp/10.0.0.5/22'";
        assert_eq!(ends(script, 0, TIME).output(), "");
        let script = "timeout 3 bash -c 'exec 3<>/dev/tcp/10.0.0.5/22' && echo open";
        assert_eq!(ends(script, 0, TIME).output(), "open\n");
    }

    #[test]
    fn a_refused_connection_is_told_twice() {
        let process = ends("timeout 3 bash -c '</dev/tcp/10.0.0.5/80'", 1, TIME);
        let expected = "bash: connect: Connection refused\n\
            bash: line 1: /dev/tcp/10.0.0.5/80: Connection refused\n";
        assert_eq!(process.standard_error(), expected);
        assert_eq!(process.standard_output(), "");
        let script = "timeout 3 bash -c '</dev/tcp/10.0.0.5/80' 2>/dev/null; echo $?";
        assert_eq!(ends(script, 0, TIME).output(), "1\n");
    }

    #[test]
    fn silence_lasts_until_the_timeout_strikes() {
        let script = "timeout 3 bash -c '</dev/tcp/10.0.0.8/22'";
        let process = ends(script, 124, Duration::from_secs(3));
        assert_eq!(process.output(), "");
        ends(
            "timeout --preserve-status 0.5s bash -c '</dev/tcp/10.0.0.8/22'",
            143,
            Duration::from_millis(500),
        );
    }

    #[test]
    fn without_a_timeout_the_system_gives_up() {
        let process = ends(
            "bash -c '</dev/tcp/10.0.0.8/22'",
            1,
            Duration::from_secs(127),
        );
        let error = process.standard_error();
        assert!(
            error.starts_with("bash: connect: Connection timed out\n"),
            "{error}"
        );
    }

    #[test]
    fn a_repetition_gets_through_once_the_way_is_open() {
        let script = "timeout 5 bash -c '</dev/tcp/10.0.0.9/22'";
        ends(script, 0, Duration::from_secs(3) + TIME);
    }

    #[test]
    fn without_an_address_of_the_family_nothing_is_sent() {
        let process = ends("bash -c '</dev/tcp/2001:db8::1/22'", 1, Duration::ZERO);
        let error = process.standard_error();
        assert!(
            error.starts_with("bash: connect: Network is unreachable\n"),
            "{error}"
        );
        let process = ends("ping -6 -c 1 2001:db8::1", 2, Duration::ZERO);
        assert_eq!(process.output(), "ping: connect: Network is unreachable\n");
    }

    #[test]
    fn a_timeout_ends_whatever_it_runs() {
        ends("timeout 2 ping 10.0.0.5", 124, Duration::from_secs(2));
        ends("timeout 2 sleep 9; exit 7", 7, Duration::from_secs(2));
        ends(
            "timeout 5 bash -c 'timeout 1 sleep 3; exit 4'",
            4,
            Duration::from_secs(1),
        );
        ends("timeout 1 bash -c 'exit 3'", 3, Duration::ZERO);
        ends("timeout 9 ping -c 1 10.0.0.5", 0, TIME);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (script, code, complaint) in [
            ("timeout x true", 125, "timeout: invalid time interval ‘x’"),
            (
                "timeout 1 nc",
                127,
                "timeout: failed to run command ‘nc’: No such file or directory",
            ),
            ("true\nnc", 127, "/bin/sh: line 2: nc: command not found"),
            ("bash -c nc", 127, "bash: line 1: nc: command not found"),
            ("bash -c", 2, "bash: -c: option requires an argument"),
            (
                "bash -c '</dev/tcp/host/22'",
                1,
                "bash: host: Name or service not known",
            ),
            (
                "true <file",
                1,
                "/bin/sh: line 1: file: No such file or directory",
            ),
        ] {
            let process = ends(script, code, Duration::ZERO);
            let error = process.standard_error();
            assert_eq!(error.lines().next(), Some(complaint), "{script}");
        }
    }
}
