//! A table as aligned text.

use super::console::plain;

/// Between two columns.
const GAP: usize = 2;

/// The rows under their headings, every column as wide as its widest cell, the last one unbounded.
pub(super) fn aligned(headings: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let headings: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain(std::iter::once(&headings))
            .filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = String::new();
    for row in [&headings, &rule].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(
                ' ',
                width
                    .saturating_add(GAP)
                    .saturating_sub(cell.chars().count()),
            ));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn columns_are_aligned_and_no_cell_reaches_the_terminal_raw() {
        let rows = vec![
            vec!["WS-1".to_owned(), "10.0.0.1".to_owned()],
            vec!["a\u{1b}[31mb".to_owned(), String::new()],
        ];
        assert_eq!(
            aligned(&["Host", "IP"], &rows),
            "Host     IP\n-------  --------\nWS-1     10.0.0.1\na [31mb\n"
        );
    }
}
