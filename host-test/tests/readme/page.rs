//! The README as a test reads it: its fenced blocks and its tables.

use std::collections::BTreeSet;
use std::path::Path;

/// The top of the repository.
pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

pub fn read(file: &str) -> String {
    std::fs::read_to_string(top().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The fenced blocks of a language, without their fences.
pub fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let mut lines = readme.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(of) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if of == language {
                blocks.push(block.iter().map(|line| format!("{line}\n")).collect());
            }
        }
    }
    blocks
}

/// The rows of the table with these headings, cell by cell.
pub fn table(headings: &[&str]) -> Vec<Vec<String>> {
    let readme = read("README.md");
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_start_matches('|');
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let mut lines = readme
        .lines()
        .skip_while(|line| !line.starts_with('|') || cells(line) != headings);
    assert!(
        lines.next().is_some(),
        "README.md has no table with the headings {headings:?}"
    );
    lines
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect()
}

/// Everything in a cell that is written as code.
pub fn code(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// What stands at the beginning of each row as code.
pub fn first_cells(rows: &[Vec<String>]) -> BTreeSet<String> {
    rows.iter().flat_map(|row| code(&row[0])).collect()
}
