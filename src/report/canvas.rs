//! A page of text of a certain width: headings, paragraphs, tables.

use anstyle::{AnsiColor, Style};
use tabled::builder::Builder;
use tabled::settings::{Color, Padding, Style as Lines};

use super::text::{self, width, wrap};
use crate::engine::status::Status;

/// Where text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// In columns.
    pub width: usize,
    /// Whether escape codes for colour may be used.
    pub color: bool,
}

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const PLAIN: Style = Style::new();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default();

/// Colour adds to words, it never replaces them.
pub(super) fn style_of(status: Status) -> Style {
    match status {
        Status::Ok | Status::Changed => GREEN,
        Status::Skipped => DIM,
        Status::Planned => CYAN,
        Status::Stale | Status::Drift => YELLOW,
        Status::Unknown => AnsiColor::Magenta.on_default(),
        Status::RolledBack | Status::Failed | Status::Unreachable => RED,
    }
}

impl Canvas {
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.color && style != PLAIN && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// A text with its style; no escape codes in it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(super) fn new(style: Style, text: &str) -> Self {
        Self { text: text::inline(text, text::LONGEST_VALUE), style }
    }

    /// A sentence of any length.
    pub(super) fn long(style: Style, text: &str) -> Self {
        Self { text: text::sentence(text), style }
    }

    pub(super) fn plain(text: &str) -> Self {
        Self::new(PLAIN, text)
    }

    /// A truth about a value; in words, since any sign could be the value itself.
    pub(super) fn truth(value: Option<&str>) -> Self {
        match value {
            None => Self::new(DIM, "(none)"),
            value => Self::value(value),
        }
    }

    /// A fact about a host, or the sign for none.
    pub(super) fn value(value: Option<&str>) -> Self {
        match value {
            Some("") => Self::new(DIM, "(empty)"),
            Some(value) => Self::plain(value),
            None => Self::new(DIM, "-"),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn status(status: Status) -> Self {
        Self::new(style_of(status), status.word())
    }
}

/// A row of a table, and sentences that belong to it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) notes: Vec<Cell>,
}

impl Row {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self { cells, notes: Vec::new() }
    }
}

/// Columns between two columns of a table.
const GAP: usize = 2;

fn color(style: Style) -> Color {
    Color::new(style.render().to_string(), style.render_reset().to_string())
}

/// The width of each column when no cell is wrapped.
fn natural_widths(rows: &[&Row]) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (column, cell) in row.cells.iter().enumerate() {
            let cell = width(&cell.text);
            match widths.get_mut(column) {
                Some(widest) => *widest = cell.max(*widest),
                None => widths.push(cell),
            }
        }
    }
    widths
}

/// Text under construction.
pub(super) struct Page {
    canvas: Canvas,
    text: String,
}

impl Page {
    pub(super) fn new(canvas: &Canvas) -> Self {
        Self { canvas: *canvas, text: String::new() }
    }

    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        self.canvas.paint(style, text)
    }

    /// How wide it is, in columns.
    pub(super) fn columns(&self) -> usize {
        self.canvas.width
    }

    /// One line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Whether so much text fits on one line behind an indent.
    pub(super) fn fits(&self, indent: usize, text: &str) -> bool {
        indent + width(text) <= self.canvas.width
    }

    /// One empty line, but not at the top and never two.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A wrapped text, its first line led by a word; the others stand under the text.
    pub(super) fn paragraph(&mut self, indent: usize, lead: &Cell, text: &Cell) {
        let hang = indent + width(&lead.text);
        for (number, line) in wrap(&text.text, self.canvas.width.saturating_sub(hang)).iter().enumerate() {
            let line = self.paint(text.style, line);
            if number == 0 {
                let lead = self.paint(lead.style, &lead.text);
                self.line(&format!("{:indent$}{lead}{line}", ""));
            } else {
                self.line(&format!("{:hang$}{line}", ""));
            }
        }
    }

    /// A heading that names hosts, after an empty line.
    pub(super) fn heading(&mut self, style: Style, lead: &str, text: &str) {
        self.gap();
        self.paragraph(0, &Cell::new(style.bold(), lead), &Cell::long(BOLD, text));
    }

    /// What to do about it.
    pub(super) fn hint(&mut self, indent: usize, hint: &str) {
        self.paragraph(indent, &Cell::new(CYAN, "hint: "), &Cell::long(PLAIN, hint));
    }

    /// The command to type next; never wrapped, so that it can be copied.
    pub(super) fn next(&mut self, command: &str) {
        let command = self.paint(BOLD, command);
        self.line(&format!("next: {command}"));
    }

    /// Pieces on as few lines as they fit on, each led by what stands between it and the one before, and never broken
    /// inside; what does not fit on the first line is indented.
    pub(super) fn flow(&mut self, pieces: &[(Cell, &str)]) {
        self.flow_of(0, 2, pieces);
    }

    /// As [`Page::flow`], all lines behind the same indent.
    pub(super) fn flow_at(&mut self, indent: usize, pieces: &[(Cell, &str)]) {
        self.flow_of(indent, indent, pieces);
    }

    fn flow_of(&mut self, first: usize, indent: usize, pieces: &[(Cell, &str)]) {
        let mut line = " ".repeat(first);
        let mut columns = first;
        for (number, (piece, before)) in pieces.iter().enumerate() {
            let follows = pieces.get(number + 1).map_or("", |(_, before)| before.trim_end());
            let needs = width(before) + width(&piece.text);
            if number > 0 && columns + needs + width(follows) > self.canvas.width {
                self.line(&format!("{line}{before}"));
                line = " ".repeat(indent);
                columns = indent + width(&piece.text);
            } else {
                line.push_str(before);
                columns += needs;
            }
            line.push_str(&self.paint(piece.style, &piece.text));
        }
        self.line(&line);
    }

    /// Lines of a host's output, marked at the left.
    pub(super) fn quote(&mut self, indent: usize, lines: &[String]) {
        let columns = self.canvas.width.saturating_sub(indent + 2);
        for line in lines.iter().flat_map(|line| wrap(line, columns)) {
            let mark = self.paint(DIM, "│");
            self.line(&format!("{:indent$}{mark} {line}", ""));
        }
    }

    /// A table that fits the page: long cells are wrapped, those of the first `names` columns last of all.
    pub(super) fn table(&mut self, indent: usize, header: &[&str], names: usize, rows: &[Row]) {
        let head = Row::new(header.iter().map(|title| Cell::new(DIM, title)).collect());
        let rows: Vec<&Row> = std::iter::once(&head).chain(rows).collect();
        let mut widths = natural_widths(&rows);
        self.narrow(&mut widths, indent, names);

        let mut heights = Vec::new();
        let mut builder = Builder::default();
        for row in &rows {
            let cells: Vec<Vec<String>> =
                row.cells.iter().zip(&widths).map(|(cell, columns)| wrap(&cell.text, *columns)).collect();
            heights.push(cells.iter().map(Vec::len).max().unwrap_or(1));
            builder.push_record(cells.iter().map(|lines| lines.join("\n")));
        }
        let mut table = builder.build();
        table.with(Lines::empty()).with(Padding::new(0, GAP, 0, 0));
        if self.canvas.color {
            for (number, row) in rows.iter().enumerate() {
                for (column, cell) in row.cells.iter().enumerate() {
                    table.modify((number, column), color(cell.style));
                }
            }
        }

        let table = table.to_string();
        let mut lines = table.lines();
        // Sentences stand under all columns but the first.
        let hang = indent + widths.first().map_or(0, |first| first + GAP);
        for (row, height) in rows.iter().zip(heights) {
            for line in lines.by_ref().take(height) {
                self.line(&format!("{:indent$}{line}", ""));
            }
            for note in row.notes.iter().filter(|note| !note.text.trim().is_empty()) {
                self.paragraph(hang, &Cell::plain(""), note);
            }
        }
    }

    /// Whether a table fits without any cell being wrapped.
    pub(super) fn fits_table(&self, indent: usize, header: &[&str], rows: &[Row]) -> bool {
        let head = Row::new(header.iter().map(|title| Cell::new(DIM, title)).collect());
        let rows: Vec<&Row> = std::iter::once(&head).chain(rows).collect();
        natural_widths(&rows).iter().sum::<usize>() <= self.room(indent, header.len())
    }

    /// The columns that the cells of a row can share.
    fn room(&self, indent: usize, columns: usize) -> usize {
        self.canvas.width.saturating_sub(indent + columns.saturating_sub(1) * GAP)
    }

    /// The widest column gives way first, but none of the first `names` before the others are narrow.
    fn narrow(&self, widths: &mut [usize], indent: usize, names: usize) {
        const NARROW: usize = 8;
        let widest = |columns: &mut [usize]| {
            let widest = columns.iter_mut().filter(|columns| **columns > NARROW).max_by_key(|columns| **columns);
            widest.map(|columns| *columns -= 1).is_some()
        };
        let room = self.room(indent, widths.len());
        while widths.iter().sum::<usize>() > room {
            let (first, others) = widths.split_at_mut(names.min(widths.len()));
            if !widest(others) && !widest(first) {
                break;
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
