//! Examples in the README: what is typed, and what a terminal shows then.

/// The words of a command line: parted by blanks, except within single quotes.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// An example: what is typed, and what a terminal shows then.
pub struct Example {
    pub typed: String,
    pub shown: Vec<String>,
}

/// The examples of a block, a `$` before each; a backslash carries the command line on.
pub fn examples(block: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = block.lines();
    while let Some(line) = lines.next() {
        let Some(typed) = line.strip_prefix("$ ") else {
            let last = examples.last_mut();
            let last = last.unwrap_or_else(|| panic!("output before any command: {line}"));
            last.shown.push(line.to_owned());
            continue;
        };
        let mut typed = typed.to_owned();
        while let Some(begun) = typed.strip_suffix('\\') {
            typed = format!("{begun}{}", lines.next().unwrap_or_default());
        }
        examples.push(Example {
            typed,
            shown: Vec::new(),
        });
    }
    examples
}

/// Whether `actual` is `shown`, in which a line `...` stands for any lines. The error is what is not there.
pub fn holds(shown: &[String], actual: &str) -> Result<(), String> {
    let mut left: Vec<&str> = actual.lines().collect();
    let pieces: Vec<&[String]> = shown.split(|line| line == "...").collect();
    for (number, piece) in pieces.iter().enumerate() {
        let (first, last) = (number == 0, number + 1 == pieces.len());
        let places = match (first, last, left.len().checked_sub(piece.len())) {
            (_, _, None) => 0..0,
            (true, true, Some(0)) | (true, false, Some(_)) => 0..1,
            (true, true, Some(_)) => 0..0,
            (false, true, Some(end)) => end..end + 1,
            (false, false, Some(end)) => 0..end + 1,
        };
        let place = places
            .into_iter()
            .find(|place| left[*place..].iter().zip(*piece).all(|(a, b)| a == b));
        let Some(place) = place else {
            return Err(piece.join("\n"));
        };
        left.drain(..place + piece.len());
    }
    Ok(())
}

#[test]
fn a_line_of_three_dots_stands_for_any_lines_and_nothing_else_does() {
    let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for right in ["a\nb\nc", "a\n...", "...\nc", "a\n...\nc", "...\nb\n..."] {
        assert_eq!(holds(&shown(right), "a\nb\nc"), Ok(()), "{right}");
    }
    for wrong in [
        "a\nb",
        "b\nc",
        "a\nc",
        "c\n...",
        "...\na",
        "...\nc\n...\nb\n...",
    ] {
        assert!(holds(&shown(wrong), "a\nb\nc").is_err(), "{wrong}");
    }
}
