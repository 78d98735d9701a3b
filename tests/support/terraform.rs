//! Terraform with its AWS provider, where both are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// Names the directories with providers, in the layout of Terraform's filesystem mirrors. Without it Terraform's own
/// mirrors are looked at, or what the configuration that `TF_CLI_CONFIG_FILE` names says.
const PLUGINS: &str = "LANDBRIDGE_TERRAFORM_PLUGINS";

/// The provider's place in a mirror.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// One at a time: each starts the provider once for every account and region.
static TURN: Mutex<()> = Mutex::new(());

/// A configuration in a directory of its own, ready to be applied.
#[derive(Debug)]
pub(crate) struct Terraform {
    directory: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Terraform {
    /// A copy of a configuration of this repository, with values for its variables. Where Terraform or the provider is
    /// not installed, the reason is printed, and the caller skips its test.
    pub(crate) fn ready(configuration: &str, variables: &Value) -> Option<Self> {
        match Self::prepare(configuration, variables) {
            Ok(terraform) => Some(terraform),
            Err(reason) => {
                eprintln!(
                    "skipped: {configuration} needs Terraform with its AWS provider: {reason}"
                );
                None
            }
        }
    }

    fn prepare(configuration: &str, variables: &Value) -> Result<Self, String> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let plugins = plugin_directories()?;
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(configuration);
        // What an earlier run left would be taken for the state of this one.
        let _ = fs::remove_dir_all(&directory);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(configuration);
        copy(&source, &directory).expect("the configuration is copied");
        fs::write(
            directory.join("terraform.tfvars.json"),
            variables.to_string(),
        )
        .expect("the variables are written");
        let terraform = Self {
            directory,
            _turn: turn,
        };
        let mut init = terraform.command("init");
        for directory in plugins {
            let mut argument = std::ffi::OsString::from("-plugin-dir=");
            argument.push(directory);
            init.arg(argument);
        }
        let output = init.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(terraform)
        } else {
            Err(text(&output))
        }
    }

    /// Makes the world as the configuration says, and gives Terraform's last words.
    ///
    /// # Panics
    ///
    /// If Terraform fails.
    pub(crate) fn apply(&self, arguments: &[&str]) -> String {
        self.succeed("apply", &[&["-auto-approve"], arguments].concat())
    }

    /// What a plan would change now; `None` if nothing.
    ///
    /// # Panics
    ///
    /// If Terraform fails.
    pub(crate) fn plan(&self, arguments: &[&str]) -> Option<String> {
        let mut command = self.command("plan");
        let output = command.arg("-detailed-exitcode").args(arguments).output();
        let output = output.expect("terraform runs");
        match output.status.code() {
            Some(0) => None,
            Some(2) => Some(text(&output)),
            _ => panic!("terraform plan: {}", text(&output)),
        }
    }

    /// Removes all that the configuration made.
    ///
    /// # Panics
    ///
    /// If Terraform fails.
    pub(crate) fn destroy(&self) -> String {
        self.succeed("destroy", &["-auto-approve"])
    }

    /// The value of an output.
    ///
    /// # Panics
    ///
    /// If Terraform fails, or there is no such output.
    pub(crate) fn output(&self, name: &str) -> Value {
        let output = self.command("output").args(["-json", name]).output();
        let output = output.expect("terraform runs");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("terraform output: {error}: {}", text(&output)))
    }

    fn succeed(&self, verb: &str, arguments: &[&str]) -> String {
        let output = self.command(verb).args(arguments).output();
        let output = output.expect("terraform runs");
        let said = text(&output);
        assert!(output.status.success(), "terraform {verb}: {said}");
        said
    }

    /// Nothing of the machine's own settings gets in: no keys, no endpoints, and no proxy on the way to loopback.
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new("terraform");
        let foreign = |name: &str| {
            (name.starts_with("AWS_") || name.starts_with("TF_")) && name != "TF_CLI_CONFIG_FILE"
                || name.to_ascii_lowercase().ends_with("_proxy")
        };
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(foreign) {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.directory)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_PROXY", "*")
            .env("TF_IN_AUTOMATION", "1")
            .args([verb, "-no-color"]);
        if verb != "output" {
            command.arg("-input=false");
        }
        command
    }
}

/// Where Terraform is to look for providers; none if its configuration says. It must never look into the internet.
fn plugin_directories() -> Result<Vec<PathBuf>, String> {
    let version = Command::new("terraform").arg("version").output();
    version.map_err(|error| format!("terraform: {error}"))?;
    let given = std::env::var_os(PLUGINS);
    let mut directories: Vec<PathBuf> = match &given {
        Some(paths) => std::env::split_paths(paths).collect(),
        None if std::env::var_os("TF_CLI_CONFIG_FILE").is_some() => return Ok(Vec::new()),
        None => default_mirrors(),
    };
    directories.retain(|directory| directory.join(PROVIDER).is_dir());
    if directories.is_empty() {
        return Err(format!("no mirror has {PROVIDER}; name one in {PLUGINS}"));
    }
    Ok(directories)
}

/// The mirrors that Terraform knows by itself.
fn default_mirrors() -> Vec<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let home = variable("HOME");
    let in_home = |rest: &str| home.as_ref().map(|home| home.join(rest));
    let data = variable("XDG_DATA_HOME").or_else(|| in_home(".local/share"));
    let shared = std::env::var_os("XDG_DATA_DIRS").unwrap_or("/usr/local/share:/usr/share".into());
    let shared = std::env::split_paths(&shared).collect::<Vec<_>>();
    let plugins = |directory: PathBuf| directory.join("terraform/plugins");
    in_home(".terraform.d/plugins")
        .into_iter()
        .chain(data.map(plugins))
        .chain(shared.into_iter().map(plugins))
        .collect()
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

fn text(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    let text = [out, errors].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    text.concat()
}
