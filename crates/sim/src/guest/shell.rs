//! The little of a shell that a probe needs: `ping`, `echo`, `sleep`, `true`, `false`, `exit`, chained.

/// When a step runs, given the exit code of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    AfterSuccess,
    AfterFailure,
}

/// One command with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) condition: Condition,
    pub(crate) words: Vec<String>,
    /// Standard output goes to `/dev/null`.
    pub(crate) is_silent: bool,
}

enum Token {
    Word(String),
    Operator(&'static str),
}

/// Splits a script into steps. What it does not understand becomes a command that is not found.
pub(crate) fn parse(script: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut condition = Condition::Always;
    let mut words = Vec::new();
    for token in tokens(script) {
        match token {
            Token::Word(word) => words.push(word),
            Token::Operator(operator) => {
                steps.extend(step(condition, std::mem::take(&mut words)));
                condition = match operator {
                    "&&" => Condition::AfterSuccess,
                    "||" => Condition::AfterFailure,
                    _ => Condition::Always,
                };
            }
        }
    }
    steps.extend(step(condition, words));
    steps
}

/// `None` if nothing but assignments and redirections is there.
fn step(condition: Condition, words: Vec<String>) -> Option<Step> {
    let mut is_silent = false;
    let mut kept: Vec<String> = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Some((descriptor, target)) = word.split_once('>') else {
            // Assignments before the command change its environment only.
            if !(kept.is_empty() && word.contains('=')) {
                kept.push(word);
            }
            continue;
        };
        let target = match target.trim_start_matches('>') {
            "" => words.next().unwrap_or_default(),
            target => target.to_owned(),
        };
        is_silent |= matches!(descriptor, "" | "1" | "&") && target == "/dev/null";
    }
    (!kept.is_empty()).then_some(Step {
        condition,
        words: kept,
        is_silent,
    })
}

fn tokens(script: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = script.chars().peekable();
    while let Some(letter) = letters.next() {
        // `2>&1` and `&>file` are redirections, not operators.
        let in_redirection =
            word.as_ref().is_some_and(|word| word.ends_with('>')) || letters.peek() == Some(&'>');
        match letter {
            '\'' | '"' => {
                let quoted: String = letters
                    .by_ref()
                    .take_while(|next| *next != letter)
                    .collect();
                word.get_or_insert_default().push_str(&quoted);
            }
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            '#' if word.is_none() => {
                letters
                    .by_ref()
                    .take_while(|next| *next != '\n')
                    .for_each(drop);
                tokens.push(Token::Operator(";"));
            }
            ';' | '\n' => end(&mut tokens, &mut word, ";"),
            '&' if letters.next_if_eq(&'&').is_some() => end(&mut tokens, &mut word, "&&"),
            '|' if letters.next_if_eq(&'|').is_some() => end(&mut tokens, &mut word, "||"),
            '|' => end(&mut tokens, &mut word, "|"),
            '&' if !in_redirection => end(&mut tokens, &mut word, "&"),
            ' ' | '\t' | '\r' => tokens.extend(word.take().map(Token::Word)),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    tokens.extend(word.map(Token::Word));
    tokens
}

fn end(tokens: &mut Vec<Token>, word: &mut Option<String>, operator: &'static str) {
    tokens.extend(word.take().map(Token::Word));
    tokens.push(Token::Operator(operator));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<(Condition, Vec<String>, bool)> {
        parse(script)
            .into_iter()
            .map(|step| (step.condition, step.words, step.is_silent))
            .collect()
    }

    #[test]
    fn chains_quotes_comments_and_redirections() {
        let script = "#!/bin/sh\nLC_ALL=C ping -c 4 10.0.0.1 2>&1 && echo 'all good'; ping -c 1 10.0.0.2 >/dev/null || echo lost\n";
        let expected = [
            (
                Condition::Always,
                vec!["ping", "-c", "4", "10.0.0.1"],
                false,
            ),
            (Condition::AfterSuccess, vec!["echo", "all good"], false),
            (Condition::Always, vec!["ping", "-c", "1", "10.0.0.2"], true),
            (Condition::AfterFailure, vec!["echo", "lost"], false),
        ];
        let expected = expected.map(|(condition, words, silent)| {
            (
                condition,
                words.into_iter().map(str::to_owned).collect(),
                silent,
            )
        });
        assert_eq!(words(script), expected);
    }

    #[test]
    fn odd_scripts_do_not_panic() {
        for script in ["", "&&", "'", "a |", ">", "\\", "2>", "#"] {
            parse(script);
        }
    }
}
