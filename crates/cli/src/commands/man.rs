//! `landbridge man`: manual pages, one for each command.

use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::args::ManArgs;
use crate::clouds::either;
use crate::defaults;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

pub(super) fn run(args: &ManArgs, output: &mut Output) -> Outcome {
    let program = built();
    match &args.out {
        Some(directory) => write_all(&program, directory, output),
        None => {
            let command = named(&program, &args.command)?;
            output.own(&page(command).map_err(unexpected)?);
            Ok(Exit::Ok)
        }
    }
}

/// The program with its global options in every command. `help COMMAND` needs no page of its own.
fn built() -> Command {
    let mut program = defaults::command().disable_help_subcommand(true);
    program.build();
    program
}

fn named<'c>(program: &'c Command, names: &[String]) -> Outcome<&'c Command> {
    names.iter().try_fold(program, |command, name| {
        command.find_subcommand(name).ok_or_else(|| {
            let known: Vec<&str> = pages_below(command).map(Command::get_name).collect();
            let expected = match known.as_slice() {
                [] => format!("`{}` has no commands below it", command.get_name()),
                known => format!("expected {}", either(known.iter().copied())),
            };
            Failure::bad_input(format!("unknown command `{name}`: {expected}"))
        })
    })
}

fn pages_below(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
}

fn write_all(program: &Command, directory: &Path, output: &mut Output) -> Outcome {
    let pages = write_below(program, directory).map_err(|error| {
        let directory = directory.display();
        Failure::bad_input(format!(
            "cannot write manual pages to `{directory}`: {error}"
        ))
    })?;
    let directory = directory.display();
    output.own(&format!(
        "{pages} manual pages in {directory}: read one with `man -l {directory}/landbridge.1`"
    ));
    Ok(Exit::Ok)
}

/// Everyone may read manual pages, as everyone may read help.
fn write_below(command: &Command, directory: &Path) -> io::Result<usize> {
    std::fs::create_dir_all(directory)?;
    let name = format!("{}.1", page_name(command));
    std::fs::write(directory.join(name), page(command)?)?;
    pages_below(command).try_fold(1, |pages, below| Ok(pages + write_below(below, directory)?))
}

fn page_name(command: &Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}

fn page(command: &Command) -> io::Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let man = Man::new(command.clone())
        .title(page_name(command))
        .source(format!("landbridge {version}"))
        .manual("Landbridge");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if pages_below(command).next().is_some() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(more) = command.get_after_long_help() {
        as_it_stands(&more.to_string()).to_writer(&mut page)?;
    }
    String::from_utf8(page).map_err(io::Error::other)
}

/// Tables in lines: their spaces and ends of lines stay.
fn as_it_stands(text: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]);
    roff.control("nf", []);
    for line in text.lines() {
        // An empty line of its own would be dropped at the end of a paragraph.
        match line.is_empty() {
            true => roff.control("sp", []),
            false => roff.text([roman(line)]),
        };
    }
    roff.control("fi", []);
    roff
}

fn unexpected(error: io::Error) -> Failure {
    Failure::new(Exit::Unexpected, error)
}
