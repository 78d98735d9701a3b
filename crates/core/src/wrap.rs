//! Lists in text that a person reads: as many items on a line as fit.

/// How wide a line of items may be.
const WIDTH: usize = 110;

/// The items with commas between them, in lines. An item that is wider than a line has one of its own.
pub(crate) fn wrapped<'a>(items: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.len() + item.len() + 2 <= WIDTH => {
                line.push_str(", ");
                line.push_str(item);
            }
            last => {
                if let Some(line) = last {
                    line.push(',');
                }
                lines.push(item.to_owned());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_broken_between_items() {
        let items: Vec<String> = (0..40).map(|number| format!("item-{number}")).collect();
        let lines = wrapped(items.iter().map(String::as_str));
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH + 1));
        assert_eq!(lines.join(" "), items.join(", "));
        let wide = "x".repeat(2 * WIDTH);
        assert_eq!(wrapped([wide.as_str()]), [wide.as_str()]);
    }
}
