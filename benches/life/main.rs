//! Whole lives of topologies on the simulator, in simulated time: how long they take, over the least that the clouds need,
//! and with how many calls. One seed gives one result on any machine; CONTRIBUTING.md has the command.
//!
//! Arguments: names of worlds (`worlds.rs`), `seed=N`, `seeds=N` (so many, from the first), `latency=MILLISECONDS`,
//! `parallel=N`, `instant=1` (AWS changes states at once, as moto does), `pictures=DIRECTORY`,
//! `operations=1` (how often each operation was called).

mod bound;
mod course;
mod gantt;
mod growth;
mod need;
mod report;
mod stage;
mod worlds;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use course::Phase;
use stage::Terms;
use worlds::{ALL, world};

/// What was asked for.
struct Arguments(Vec<String>);

impl Arguments {
    fn value(&self, name: &str) -> Option<&str> {
        let mut values = self
            .0
            .iter()
            .filter_map(|argument| argument.split_once('='));
        values.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        self.value(name)
            .map_or(default, |text| text.parse().expect("a number"))
    }

    fn names(&self) -> Vec<&str> {
        let names: Vec<&str> = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|name| !name.contains('='))
            .collect();
        if names.is_empty() {
            ALL.to_vec()
        } else {
            names
        }
    }

    fn terms(&self, seed: u64) -> Terms {
        Terms {
            seed,
            latency: Duration::from_millis(self.number("latency", 0)),
            parallel: self.number("parallel", 32) as usize,
            instant: self.number("instant", 0) == 1,
        }
    }
}

// One thread: the simulator takes turns with its clients.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let arguments = Arguments(arguments.collect());
    let mut families: BTreeMap<&str, Vec<growth::Sized>> = BTreeMap::new();
    for name in arguments.names() {
        let Some(world) = world(name) else {
            panic!(
                "unknown world `{name}`: expected one such as {}",
                ALL.join(", ")
            );
        };
        let first = arguments.number("seed", 1);
        let mut lives = Vec::new();
        for seed in first..first + arguments.number("seeds", 1) {
            lives.push(course::run(&world, arguments.terms(seed)).await);
        }
        let text = match lives.as_slice() {
            [life] => report::table(name, life),
            lives => report::spread(name, lives),
        };
        println!("{text}");
        if arguments.number("operations", 0) == 1 {
            lives
                .iter()
                .for_each(|life| print!("{}", report::operations(life)));
        }
        let Some(directory) = arguments.value("pictures") else {
            continue;
        };
        let life = lives.swap_remove(0);
        gantts(Path::new(directory), name, &life);
        if let Some((family, size)) = name.split_once('-') {
            let size = size.parse().expect("a size");
            families.entry(family).or_default().push((size, life));
        }
    }
    if let Some(directory) = arguments.value("pictures") {
        for (family, lives) in families {
            write(
                Path::new(directory).join(format!("{family}.svg")),
                &growth::draw(family, &lives),
            );
        }
    }
}

/// A picture of each phase that writes, where its rows fit on a page.
fn gantts(directory: &Path, name: &str, life: &[Phase]) {
    for phase in life {
        if let Some(work) = phase
            .work
            .as_ref()
            .filter(|work| work.plan.steps.len() < 100)
        {
            let title = format!("{name}, {}", phase.name);
            let file = directory.join(format!("{name}-{}.svg", phase.name));
            write(file, &gantt::draw(&title, phase, work));
        }
    }
}

fn write(file: PathBuf, svg: &str) {
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).expect("a directory");
    std::fs::write(&file, svg).expect("written");
    println!("{}", file.display());
}
