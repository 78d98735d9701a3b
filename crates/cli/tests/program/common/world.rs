use std::process::Command;
use std::sync::mpsc;

use landbridge_sim::{AccountSpec, Simulator, Speed};
use tokio::sync::oneshot;

use super::program;

/// A simulator inside the test, on a thread of its own, whose time runs sixty times faster than ours.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    keys: Vec<(String, String)>,
    _stop: oneshot::Sender<()>,
}

impl World {
    /// With two accounts, whose users have the names and keys `A` and `B`.
    pub(crate) fn start() -> Self {
        let (started, simulator) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let builder = Simulator::builder().speed(Speed::Scaled(60.0));
                let simulator = builder.start().await.expect("a port");
                started.send(simulator).expect("the test waits for it");
                // It ends when the test drops its end.
                let _ = stopped.await;
            });
        });
        let mut world = Self {
            simulator: simulator.recv().expect("it starts"),
            keys: Vec::new(),
            _stop: stop,
        };
        world.provision("A", AccountSpec::new("aliyun", A).name("a"));
        let other = AccountSpec::new("aliyun", B).name("b");
        world.provision("B", other.alias("office-b"));
        world
    }

    /// Makes an account known, or gives it one more key.
    pub(crate) fn provision(&mut self, prefix: &str, spec: AccountSpec) {
        let keys = self.simulator.provision(spec);
        self.keys.extend([
            (format!("{prefix}_ACCESS_KEY_ID"), keys.access_key_id),
            (
                format!("{prefix}_ACCESS_KEY_SECRET"),
                keys.access_key_secret,
            ),
        ]);
    }

    /// The program, pointed to this simulator, with all keys in its environment.
    pub(crate) fn client(&self) -> Command {
        let mut command = program();
        let endpoint = format!("aliyun={}", self.simulator.url());
        command.args(["--endpoint", &endpoint]);
        command.envs(self.keys.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The keys known by one prefix, as variables of another.
    pub(crate) fn keys<'w>(
        &'w self,
        known: &'w str,
        prefix: &'w str,
    ) -> impl Iterator<Item = (String, &'w str)> {
        self.keys.iter().filter_map(move |(name, value)| {
            let rest = name.strip_prefix(known)?.strip_prefix('_')?;
            Some((format!("{prefix}_{rest}"), value.as_str()))
        })
    }

    /// Actions of the calls that write, in order.
    pub(crate) fn writes(&self) -> Vec<String> {
        let calls = self.simulator.calls().into_iter();
        calls
            .filter(|call| call.write)
            .map(|call| call.action)
            .collect()
    }
}

/// The id of the account whose keys are in the variables `A_..`.
pub(crate) const A: &str = "1234567890123456";
/// The id of the account whose keys are in the variables `B_..`.
pub(crate) const B: &str = "1234567890123457";
