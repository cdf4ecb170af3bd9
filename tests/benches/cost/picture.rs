//! A table as a picture: names and ratios go in, an SVG of bars comes out, one bar a row, ours in color.

use std::fmt::Write as _;
use std::path::Path;

use crate::harness::Measured;

const ROW: usize = 26;
/// Where the bars begin, and how wide the longest is.
const LEFT: usize = 210;
const WIDTH: f64 = 420.0;
const TOP: usize = 44;

/// Writes `cost-GROUP.svg` into the folder.
pub(crate) fn write(folder: &Path, group: &str, base: &str, rows: &[Measured]) {
    let name = format!("cost-{}.svg", group.replace('_', "-"));
    std::fs::write(folder.join(name), draw(group, base, rows)).expect("the folder is writable");
}

/// Text and lines are of a grey that reads on white and on black.
fn draw(group: &str, base: &str, rows: &[Measured]) -> String {
    let height = TOP + ROW * rows.len() + 14;
    let most = rows.iter().map(|row| row.ratio).fold(1.0, f64::max);
    let x = |ratio: f64| LEFT as f64 + WIDTH * ratio / most;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}" font-family="ui-sans-serif, Helvetica, Arial, sans-serif" font-size="13" fill="#6e7781">
<title>{group}: CPU time, as a ratio to {base}</title>
<text x="0" y="18" font-weight="600">{group}: CPU time, {base} = 1 (less is better)</text>
"##
    );
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + ROW * at;
        let color = if row.name.starts_with("genai") || row.name.starts_with("content_on") {
            "#1f883d"
        } else {
            "#8c959f"
        };
        let end = x(row.ratio);
        let _ = writeln!(
            svg,
            r#"<text x="{}" y="{}" text-anchor="end">{}</text><rect x="{LEFT}" y="{y}" width="{:.1}" height="18" rx="3" fill="{color}"/><text x="{:.1}" y="{}">{:.2}</text>"#,
            LEFT - 8,
            y + 14,
            row.name,
            (end - LEFT as f64).max(1.0),
            end + 6.0,
            y + 14,
            row.ratio,
        );
    }
    let one = x(1.0);
    let _ = writeln!(
        svg,
        r##"<line x1="{one:.1}" y1="{}" x2="{one:.1}" y2="{}" stroke="#6e7781" stroke-dasharray="3 3"/>
</svg>"##,
        TOP - 8,
        height - 8,
    );
    svg
}
