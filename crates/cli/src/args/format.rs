//! The values of `--format`.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// How a command writes its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// A value of `--format`. Every command takes `text` and `json`; `graph` draws in a language instead of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain(Format),
    Drawn(Language),
}

/// A language of drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Svg,
    Mermaid,
    Dot,
}

impl Form {
    /// How results and progress are written: a drawing is text.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Plain(format) => format,
            Self::Drawn(_) => Format::Text,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "json" => Self::Plain(Format::Json),
            "svg" => Self::Drawn(Language::Svg),
            "mermaid" => Self::Drawn(Language::Mermaid),
            "dot" => Self::Drawn(Language::Dot),
            _ => Self::Plain(Format::Text),
        }
    }
}

/// The formats of all commands.
pub(super) fn plain() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(["text", "json"]).map(|name| Form::named(&name))
}

/// The formats of `graph`.
pub(super) fn drawn() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(["svg", "mermaid", "dot", "json"]).map(|name| Form::named(&name))
}
