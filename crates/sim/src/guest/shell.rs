//! The little of a shell that a probe needs: `ping`, `echo`, `sleep`, `true`, `false`, `exit`, `timeout`, `bash -c` and
//! connections, chained.

/// When a step runs, given the exit code of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    AfterSuccess,
    AfterFailure,
}

/// One command with its words and redirections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) condition: Condition,
    pub(crate) words: Vec<String>,
    pub(crate) redirections: Vec<Redirection>,
    /// The line of the script, from 1.
    pub(crate) line: usize,
}

/// `2>/dev/null` is `2`, `>` and `/dev/null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirection {
    descriptor: String,
    operator: String,
    pub(crate) target: String,
}

impl Redirection {
    fn of_output(&self) -> bool {
        match self.descriptor.as_str() {
            "" => self.operator.starts_with('>'),
            descriptor => matches!(descriptor, "1" | "&"),
        }
    }

    /// `<path`, not `<&3` nor a text in the script.
    pub(crate) fn reads_file(&self) -> bool {
        self.operator == "<"
    }

    fn of_errors(&self) -> bool {
        matches!(self.descriptor.as_str(), "2" | "&")
    }
}

/// Where what a command prints ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    Output,
    Error,
    Nothing,
}

/// The sinks of a command's standard output and standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sinks {
    pub(crate) output: Sink,
    pub(crate) errors: Sink,
}

impl Sinks {
    pub(crate) const TERMINAL: Self = Self {
        output: Sink::Output,
        errors: Sink::Error,
    };

    /// The same after a redirection. Files other than `/dev/null` swallow what is written to them as well.
    pub(crate) fn redirected(self, redirection: &Redirection) -> Self {
        let to = match (redirection.operator.as_str(), redirection.target.as_str()) {
            (">&", "1") => self.output,
            (">&", "2") => self.errors,
            _ => Sink::Nothing,
        };
        Self {
            output: if redirection.of_output() {
                to
            } else {
                self.output
            },
            errors: if redirection.of_errors() {
                to
            } else {
                self.errors
            },
        }
    }
}

enum Token {
    Word(String),
    /// Descriptor and operator; the target is the next word.
    Redirect(String, String),
    Operator(&'static str),
    /// The end of a line, which is also an operator.
    Line,
}

/// Splits a script into steps. What it does not understand becomes a command that is not found.
pub(crate) fn parse(script: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut condition = Condition::Always;
    let mut parts = Vec::new();
    let mut line = 1;
    for token in tokens(script) {
        let operator = match token {
            Token::Operator(operator) => operator,
            Token::Line => "\n",
            part => {
                parts.push(part);
                continue;
            }
        };
        steps.extend(step(condition, std::mem::take(&mut parts), line));
        line += usize::from(operator == "\n");
        condition = match operator {
            "&&" => Condition::AfterSuccess,
            "||" => Condition::AfterFailure,
            _ => Condition::Always,
        };
    }
    steps.extend(step(condition, parts, line));
    steps
}

/// `None` if nothing but assignments is there.
fn step(condition: Condition, parts: Vec<Token>, line: usize) -> Option<Step> {
    let mut step = Step {
        condition,
        words: Vec::new(),
        redirections: Vec::new(),
        line,
    };
    let mut pending = None;
    for part in parts {
        match (part, pending.take()) {
            (Token::Word(target), Some((descriptor, operator))) => {
                step.redirections.push(Redirection {
                    descriptor,
                    operator,
                    target,
                });
            }
            // Assignments before the command change its environment only.
            (Token::Word(word), None) if step.words.is_empty() && word.contains('=') => {}
            (Token::Word(word), None) => step.words.push(word),
            (Token::Redirect(descriptor, operator), _) => pending = Some((descriptor, operator)),
            (Token::Operator(_) | Token::Line, _) => {}
        }
    }
    let is_empty = step.words.is_empty() && step.redirections.is_empty();
    (!is_empty).then_some(step)
}

fn tokens(script: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut letters = script.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let quoted: String = letters
                    .by_ref()
                    .take_while(|next| *next != letter)
                    .collect();
                is_quoted = true;
                word.get_or_insert_default().push_str(&quoted);
            }
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some(next) => {
                    is_quoted = true;
                    word.get_or_insert_default().push(next);
                }
            },
            '#' if word.is_none() => while letters.next_if(|next| *next != '\n').is_some() {},
            '&' if letters.peek() == Some(&'>') => {
                tokens.extend(word.take().map(Token::Word));
                word = Some("&".to_owned());
                is_quoted = false;
            }
            '<' | '>' => {
                let descriptor = descriptor(&mut word, is_quoted);
                tokens.extend(word.take().map(Token::Word));
                let mut operator = String::from(letter);
                while let Some(next) = letters.next_if(|next| "<>&|".contains(*next)) {
                    operator.push(next);
                }
                tokens.push(Token::Redirect(descriptor, operator));
            }
            '\n' => {
                tokens.extend(word.take().map(Token::Word));
                tokens.push(Token::Line);
            }
            ';' => end(&mut tokens, &mut word, ";"),
            '&' if letters.next_if_eq(&'&').is_some() => end(&mut tokens, &mut word, "&&"),
            '|' if letters.next_if_eq(&'|').is_some() => end(&mut tokens, &mut word, "||"),
            '|' => end(&mut tokens, &mut word, "|"),
            '&' => end(&mut tokens, &mut word, "&"),
            ' ' | '\t' | '\r' => tokens.extend(word.take().map(Token::Word)),
            _ => {
                is_quoted &= word.is_some();
                word.get_or_insert_default().push(letter);
            }
        }
    }
    tokens.extend(word.map(Token::Word));
    tokens
}

/// Takes the word before a redirection if it names what is redirected.
fn descriptor(word: &mut Option<String>, is_quoted: bool) -> String {
    let names_it = |word: &mut String| {
        word == "&" || (!word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit()))
    };
    let taken = word.take_if(|word| !is_quoted && names_it(word));
    taken.unwrap_or_default()
}

fn end(tokens: &mut Vec<Token>, word: &mut Option<String>, operator: &'static str) {
    tokens.extend(word.take().map(Token::Word));
    tokens.push(Token::Operator(operator));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(script: &str) -> Vec<(Condition, Vec<String>, Sinks)> {
        let sinks = |step: &Step| {
            let redirections = step.redirections.iter();
            redirections.fold(Sinks::TERMINAL, |sinks, next| sinks.redirected(next))
        };
        let steps = parse(script).into_iter();
        steps
            .map(|step| (step.condition, step.words.clone(), sinks(&step)))
            .collect()
    }

    #[test]
    fn chains_quotes_comments_and_redirections() {
        let script = "#!/bin/sh\nLC_ALL=C ping -c 4 10.0.0.1 2>&1 && echo 'all > good'; ping -c 1 10.0.0.2 >/dev/null || echo lost\n";
        let merged = Sinks {
            output: Sink::Output,
            errors: Sink::Output,
        };
        let silent = Sinks {
            output: Sink::Nothing,
            errors: Sink::Error,
        };
        let plain = Sinks::TERMINAL;
        let expected = [
            (
                Condition::Always,
                vec!["ping", "-c", "4", "10.0.0.1"],
                merged,
            ),
            (Condition::AfterSuccess, vec!["echo", "all > good"], plain),
            (
                Condition::Always,
                vec!["ping", "-c", "1", "10.0.0.2"],
                silent,
            ),
            (Condition::AfterFailure, vec!["echo", "lost"], plain),
        ];
        let expected = expected.map(|(condition, words, sinks)| {
            let words = words.into_iter().map(str::to_owned).collect();
            (condition, words, sinks)
        });
        assert_eq!(steps(script), expected);
    }

    #[test]
    fn redirections_count_in_their_order() {
        let nothing = Sinks {
            output: Sink::Nothing,
            errors: Sink::Nothing,
        };
        for script in [
            "a >/dev/null 2>&1",
            "a &>/dev/null",
            "a &> /dev/null",
            "a 2>/dev/null >/dev/null",
        ] {
            assert_eq!(steps(script)[0].2, nothing, "{script}");
        }
        let swapped = steps("a 2>&1 >/dev/null")[0].2;
        assert_eq!(swapped.errors, Sink::Output);
    }

    #[test]
    fn a_script_in_quotes_is_one_word() {
        let steps = parse("true\ntimeout 3 bash -c '</dev/tcp/10.0.0.5/22' 2>/dev/null");
        assert_eq!(
            steps[1].words,
            ["timeout", "3", "bash", "-c", "</dev/tcp/10.0.0.5/22"]
        );
        assert_eq!(steps[1].line, 2);
        let inner = parse(&steps[1].words[4]);
        assert!(inner[0].words.is_empty());
        assert_eq!(inner[0].redirections[0].target, "/dev/tcp/10.0.0.5/22");
    }

    #[test]
    fn odd_scripts_do_not_panic() {
        for script in ["", "&&", "'", "a |", ">", "\\", "2>", "#", "<", "&>", "<>&"] {
            parse(script);
        }
    }
}
