//! The five questions, or the options that answer them.

use tokio_util::sync::CancellationToken;

use super::answers::{self, Answer, Answers, Wanted};
use super::suggest;
use crate::args::InitArgs;
use crate::clouds::{ALL, KnownCloud};
use crate::config::Config;
use crate::exit::{Failure, Outcome};
use crate::output::complain;
use crate::prompt;

/// Takes each answer from its options, and asks for the others.
pub(super) async fn answers(args: &InitArgs, cancel: &CancellationToken) -> Outcome<Answers> {
    if !prompt::is_interactive() {
        refuse_if_missing(args)?;
    }
    let config = Config::current();
    let cloud = match &args.cloud {
        Some(text) => given("--cloud", answers::cloud(text))?,
        None => ask(cancel, question_of_cloud(), answers::cloud).await?,
    };
    let accounts = match args.accounts.as_slice() {
        [] => {
            let read = |text: &str| answers::accounts(cloud, &answers::parts(text), config);
            ask(cancel, question_of_accounts(cloud, config), read).await?
        }
        parts => given("--account", answers::accounts(cloud, parts, config))?,
    };
    let networks = match args.networks.as_slice() {
        [] => {
            let regions = match args.regions.as_slice() {
                [] => {
                    let read = |text: &str| answers::regions(cloud, &answers::parts(text));
                    ask(cancel, question_of_regions(cloud), read).await?
                }
                parts => given("--region", answers::regions(cloud, parts))?,
            };
            let suggested = suggest::networks(&accounts, &regions);
            let read = |text: &str| answers::networks(cloud, &accounts, &answers::parts(text));
            ask(cancel, question_of_networks(&suggested), read).await?
        }
        parts => given("--network", answers::networks(cloud, &accounts, parts))?,
    };
    let model = match &args.join {
        Some(text) => given("--join", answers::model(cloud, text))?,
        None => {
            let read = |text: &str| answers::model(cloud, text);
            ask(cancel, question_of_model(cloud), read).await?
        }
    };
    Ok(Answers {
        cloud,
        accounts,
        networks,
        model,
    })
}

fn given<T>(option: &str, answer: Answer<T>) -> Outcome<T> {
    answer.map_err(|error| Failure::bad_input(format!("{option}: {error}")))
}

fn refuse_if_missing(args: &InitArgs) -> Outcome<()> {
    let missing: Vec<&str> = [
        ("--cloud CLOUD", args.cloud.is_none()),
        ("--account NAME=ID", args.accounts.is_empty()),
        (
            "--network NAME=ACCOUNT@REGION:CIDR",
            args.networks.is_empty(),
        ),
        ("--join MODEL", args.join.is_none()),
    ]
    .into_iter()
    .filter_map(|(option, is_missing)| is_missing.then_some(option))
    .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::bad_input(format!(
            "cannot ask: standard input is not a terminal; no file was written. Answer with {}",
            missing.join(", ")
        ))),
    }
}

struct Question {
    text: String,
    /// What an empty answer stands for.
    suggestion: Option<String>,
}

/// Asks until the answer can be taken. Each wrong one is told with what is expected.
async fn ask<T>(
    cancel: &CancellationToken,
    question: Question,
    read: impl Fn(&str) -> Answer<T>,
) -> Outcome<T> {
    complain(format_args!("\n{}", question.text));
    let suggestion = question.suggestion.as_deref();
    let prompt = match suggestion {
        Some(suggestion) => format!("[{suggestion}]: "),
        None => "answer: ".to_owned(),
    };
    loop {
        let answer = prompt::line(prompt.clone(), cancel).await?;
        let answer = match answer.trim() {
            "" => suggestion.unwrap_or_default(),
            answer => answer,
        };
        match read(answer) {
            Ok(answer) => return Ok(answer),
            Err(problem) => complain(problem),
        }
    }
}

fn question_of_cloud() -> Question {
    let clouds: Vec<String> = ALL
        .iter()
        .map(|cloud| format!("{} ({})", cloud.name, cloud.title))
        .collect();
    // The first one that this program can plan on.
    let first = ALL
        .iter()
        .find(|cloud| cloud.provider.is_some())
        .unwrap_or(&ALL[0]);
    Question {
        text: format!(
            "1 of 5. On which cloud are the networks? {}",
            clouds.join(" or ")
        ),
        suggestion: Some(first.name.to_owned()),
    }
}

fn question_of_accounts(cloud: &KnownCloud, config: &Config) -> Question {
    let known = config.accounts();
    let known: Vec<&str> = known
        .iter()
        .filter(|account| account.cloud.as_str() == cloud.name)
        .map(|account| account.name.as_str())
        .collect();
    let more = match known.as_slice() {
        [] => String::new(),
        known => format!(
            "\nThe configuration file knows {}: a bare name is enough.",
            known.join(", ")
        ),
    };
    Question {
        text: format!(
            "2 of 5. Which accounts own them? NAME=ID[, NAME=ID]... The first one owns what joins the networks. The keys of each \
             come\nfrom the profile of its name; change that in the file.{more}"
        ),
        suggestion: None,
    }
}

fn question_of_regions(cloud: &KnownCloud) -> Question {
    Question {
        text: "3 of 5. In which regions? REGION[, REGION]...".to_owned(),
        suggestion: Some(cloud.example.region.to_owned()),
    }
}

fn question_of_networks(suggested: &[Wanted]) -> Question {
    let shown: Vec<String> = suggested
        .iter()
        .map(|one| format!("{}={}@{}:{}", one.name, one.account, one.region, one.range))
        .collect();
    Question {
        text: "4 of 5. Which networks? NAME=ACCOUNT@REGION:CIDR[, ...], with blocks that do not overlap".to_owned(),
        suggestion: (!shown.is_empty()).then(|| shown.join(", ")),
    }
}

fn question_of_model(cloud: &KnownCloud) -> Question {
    let models = answers::models(cloud);
    let words = (cloud.words)();
    let told: Vec<String> = models
        .iter()
        .map(|model| match *model {
            "hub" => format!("  hub   through a {} in each region", words.regional_hub),
            "mesh" => format!("  mesh  a {} between every two", words.peering),
            _ => "  auto  the one that quotas and prices speak for".to_owned(),
        })
        .collect();
    Question {
        text: format!("5 of 5. How are they joined?\n{}", told.join("\n")),
        suggestion: models.first().map(|model| (*model).to_owned()),
    }
}
