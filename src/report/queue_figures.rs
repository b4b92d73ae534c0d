//! Figures on a page: numbers that stand under each other, before and after, and bars of them.

use anstyle::Style;

use super::canvas::{DIM, GREEN, PLAIN, Page, RED};
use super::text::{self, width};
use crate::actions::queue::balance::Course;

/// Columns between two columns of figures.
pub(super) const GAP: usize = 2;

/// Pieces of text on one line, each with its style.
#[derive(Clone, Debug, Default)]
pub(super) struct Figure(Vec<(Style, String)>);

impl Figure {
    pub(super) fn new(style: Style, text: &str) -> Self {
        Self(vec![(style, text::inline(text, text::LONGEST_VALUE))])
    }

    pub(super) fn plain(text: &str) -> Self {
        Self::new(PLAIN, text)
    }

    /// Nothing is known of it.
    pub(super) fn unknown() -> Self {
        Self::new(DIM, "-")
    }

    pub(super) fn and(mut self, style: Style, text: &str) -> Self {
        self.0.push((style, text.to_owned()));
        self
    }

    pub(super) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// Of at least so many columns.
    pub(super) fn padded(self, columns: usize) -> Self {
        let spaces = " ".repeat(columns.saturating_sub(self.width()));
        self.and(PLAIN, &spaces)
    }

    pub(super) fn painted(&self, page: &Page) -> String {
        // What a line ends with is no text: it goes before it is painted.
        let mut pieces = self.0.clone();
        while let Some((_, last)) = pieces.last_mut() {
            last.truncate(last.trim_end().len());
            if !last.is_empty() {
                break;
            }
            pieces.pop();
        }
        pieces.iter().map(|(style, text)| page.paint(*style, text)).collect()
    }
}

/// A column of figures.
pub(super) struct Column {
    pub(super) title: &'static str,
    /// Figures under each other by their last digit.
    pub(super) right: bool,
    pub(super) cells: Vec<Figure>,
}

impl Column {
    /// Words.
    pub(super) fn words(title: &'static str, cells: Vec<Figure>) -> Self {
        Self { title, right: false, cells }
    }

    /// Numbers; where none of them is known, there is no column.
    pub(super) fn numbers(title: &'static str, cells: Vec<Option<Figure>>) -> Option<Self> {
        let known = cells.iter().any(Option::is_some);
        let cells = cells.into_iter().map(|cell| cell.unwrap_or_else(Figure::unknown)).collect();
        known.then_some(Self { title, right: true, cells })
    }

    fn width(&self) -> usize {
        self.cells.iter().map(Figure::width).chain([width(self.title)]).max().unwrap_or(0)
    }

    fn cell(&self, row: usize) -> Figure {
        let cell = self.cells.get(row).cloned().unwrap_or_default();
        self.placed(cell)
    }

    fn placed(&self, cell: Figure) -> Figure {
        if !self.right {
            return cell.padded(self.width());
        }
        let spaces = " ".repeat(self.width().saturating_sub(cell.width()));
        Figure::plain(&spaces).then(cell)
    }
}

/// Columns beside each other.
pub(super) struct Grid(pub(super) Vec<Column>);

impl Grid {
    pub(super) fn fits(&self, page: &Page, indent: usize) -> bool {
        let columns: usize = self.0.iter().map(Column::width).sum();
        indent + columns + self.0.len().saturating_sub(1) * GAP <= page.columns()
    }

    pub(super) fn head(&self, page: &mut Page, indent: usize) {
        let titles = self.0.iter().map(|column| column.placed(Figure::new(DIM, column.title)));
        line(page, indent, titles);
    }

    pub(super) fn row(&self, page: &mut Page, indent: usize, row: usize) {
        line(page, indent, self.0.iter().map(|column| column.cell(row)));
    }
}

fn line(page: &mut Page, indent: usize, figures: impl Iterator<Item = Figure>) {
    let mut whole = Figure::plain(&" ".repeat(indent));
    for (number, figure) in figures.enumerate() {
        let gap = if number == 0 { 0 } else { GAP };
        whole = whole.and(PLAIN, &" ".repeat(gap)).then(figure);
    }
    let whole = whole.painted(page);
    page.line(&whole);
}

/// How numbers change, the arrows under each other; `style` is for what becomes of them.
pub(super) fn courses(courses: &[Course], unit: &str, style: impl Fn(usize) -> Style) -> Vec<Figure> {
    let digits = |number: u32| number.to_string().len();
    let before = courses.iter().map(|course| digits(course.before)).max().unwrap_or(0);
    let after = courses.iter().filter(|it| it.before != it.after).map(|course| digits(course.after)).max().unwrap_or(0);
    let figure = |(number, course): (usize, &Course)| {
        if course.before == course.after {
            return Figure::new(style(number), &format!("{:>before$}{unit}", course.before));
        }
        Figure::plain(&format!("{:>before$} → ", course.before))
            .and(style(number), &format!("{:>after$}{unit}", course.after))
    };
    courses.iter().enumerate().map(figure).collect()
}

/// `4`, or `4 → 12`.
pub(super) fn course(course: Course) -> String {
    if course.before == course.after {
        course.before.to_string()
    } else {
        format!("{} → {}", course.before, course.after)
    }
}

/// What the pieces of bars are.
pub(super) const LEGEND: &str = "█ stays  ▓ new  ░ goes  · free";

/// A bar of what stays, what is new or goes, and what is free up to `limit`; what is above the limit stands out.
pub(super) fn bar(course: Course, limit: Option<u32>, scale: u32, columns: usize) -> Figure {
    let (least, most) = (course.before.min(course.after), course.before.max(course.after));
    let end = cells(most, scale, columns);
    let kept = match cells(least, scale, columns) {
        // A change that is smaller than a cell shows all the same.
        same if same == end && least < most => end.saturating_sub(1),
        kept => kept,
    };
    let (sign, changed) = if course.after > course.before { ("▓", GREEN) } else { ("░", DIM) };
    let within = limit.map_or(columns, |limit| cells(limit, scale, columns));
    let piece = |figure: Figure, sign: &str, style: Style, from: usize, to: usize| {
        let (low, high) = (to.min(within).saturating_sub(from), to.saturating_sub(from.max(within)));
        figure.and(style, &sign.repeat(low)).and(if style == DIM { DIM } else { RED }, &sign.repeat(high))
    };
    let figure = piece(Figure::default(), "█", PLAIN, 0, kept);
    let figure = piece(figure, sign, changed, kept, end);
    let free = if limit.is_some() { within.saturating_sub(end) } else { 0 };
    figure.and(DIM, &"·".repeat(free)).padded(columns)
}

/// Rounded; but something is never nothing, and not all is never all.
fn cells(number: u32, scale: u32, columns: usize) -> usize {
    if number == 0 || scale == 0 || columns == 0 {
        return 0;
    }
    let columns = columns as u64;
    let cells = (u64::from(number) * columns * 2 + u64::from(scale)) / (u64::from(scale) * 2);
    usize::try_from(cells.clamp(1, columns)).unwrap_or(0)
}

/// A time of milliseconds, in at most two units.
pub(super) fn time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::Canvas;

    fn drawn(figure: &Figure) -> String {
        figure.painted(&Page::new(&Canvas { width: 80, color: false }))
    }

    #[test]
    fn a_bar_shows_what_stays_what_changes_and_what_is_free() {
        let of = |before, after, limit| drawn(&bar(Course { before, during: 0, after }, limit, 100, 10));
        assert_eq!(of(50, 50, None), "█████");
        assert_eq!(of(50, 80, None), "█████▓▓▓");
        assert_eq!(of(80, 50, Some(100)), "█████░░░··");
        assert_eq!(of(0, 0, Some(60)), "······");
        assert_eq!(of(50, 51, None), "████▓");
        assert_eq!(of(0, 1, None), "▓");
        assert_eq!(of(90, 100, Some(60)), "█████████▓");
    }

    #[test]
    fn times() {
        for (milliseconds, words) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_250, "1.2 s"),
            (192_000, "3 min 12 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(time(milliseconds), words);
        }
    }

    proptest! {
        #[test]
        fn a_bar_keeps_its_place(
            before in any::<u32>(), after in any::<u32>(), scale in any::<u32>(), limit in any::<Option<u32>>(),
            columns in 1_usize..60,
        ) {
            let figure = bar(Course { before, during: 0, after }, limit, scale, columns);
            prop_assert_eq!(figure.width(), columns);
        }
    }
}
