//! Sizes as nested rectangles, in SVG. A rectangle's title, which viewers show at the pointer, has its exact size.

use std::fmt::Write as _;

use treemap::{MapItem, Mappable, Rect, TreemapLayout};

use super::Size;

const WIDTH: f64 = 1600.0;
const HEIGHT: f64 = 1000.0;
/// Above the parts of a rectangle, for its name.
const HEADER: f64 = 17.0;
const MARGIN: f64 = 2.0;
/// Of a letter, about.
const LETTER: f64 = 6.5;
/// Parts that would take less of the picture than this are one rectangle.
const SMALLEST: f64 = 1.0 / 2000.0;
/// Hues in degrees, one after the other for the parts of the whole.
const HUES: [u32; 8] = [210, 30, 120, 280, 0, 170, 60, 320];

pub fn svg(whole: &Size) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>{}</title>\n",
        escaped(&title(&whole.name, whole.bytes))
    );
    let picture = Picture { whole: whole.bytes, hue: None, path: String::new() };
    picture.draw(&mut svg, whole, Rect::from_points(0.0, 0.0, WIDTH, HEIGHT), 0);
    svg + "</svg>\n"
}

struct Picture {
    whole: u64,
    /// None for the whole itself.
    hue: Option<u32>,
    /// The names around what is drawn, each with a slash behind it.
    path: String,
}

impl Picture {
    fn draw(&self, svg: &mut String, size: &Size, at: Rect, depth: u32) {
        let title = title(&format!("{}{}", self.path, size.name), size.bytes);
        let fill = match self.hue {
            Some(hue) => format!("hsl({hue},55%,{}%)", (58 + 8 * depth).min(90)),
            None => "#f4f4f4".to_owned(),
        };
        let _ = writeln!(
            svg,
            "<g><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
             fill=\"{fill}\" stroke=\"#fff\"/>{}</g>",
            escaped(&title),
            at.x,
            at.y,
            at.w,
            at.h,
            label(size, &at)
        );
        let inner = Rect::from_points(
            at.x + MARGIN,
            at.y + HEADER,
            at.w - 2.0 * MARGIN,
            at.h - HEADER - MARGIN,
        );
        if inner.w <= 0.0 || inner.h <= 0.0 {
            return;
        }
        let parts = self.drawn(size);
        let mut places: Vec<_> =
            parts.iter().map(|part| MapItem::with_size(part.bytes as f64)).collect();
        TreemapLayout::new().layout_items(&mut places, inner);
        for (index, (part, place)) in parts.iter().zip(&places).enumerate() {
            let picture = Picture {
                whole: self.whole,
                hue: self.hue.or(Some(HUES[index % HUES.len()])),
                path: format!("{}{}/", self.path, size.name),
            };
            picture.draw(svg, part, *place.bounds(), depth + 1);
        }
    }

    /// The parts, largest first, what is too small to be seen as one.
    fn drawn(&self, size: &Size) -> Vec<Size> {
        let smallest = (self.whole as f64 * SMALLEST) as u64;
        let (mut shown, small): (Vec<_>, Vec<_>) =
            size.parts.iter().cloned().partition(|part| part.bytes >= smallest);
        if !small.is_empty() {
            let bytes = small.iter().map(|part| part.bytes).sum();
            shown.push(Size::leaf(format!("{} smaller", small.len()), bytes));
        }
        shown.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        shown
    }
}

fn title(name: &str, bytes: u64) -> String {
    format!("{name}: {}", rounded(bytes))
}

fn rounded(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.2} MB", bytes as f64 / 1e6),
    }
}

/// The name with its size, as far as it fits into the rectangle.
fn label(size: &Size, at: &Rect) -> String {
    let letters = ((at.w - 2.0 * MARGIN) / LETTER).max(0.0) as usize;
    if at.h < HEADER || letters < 4 {
        return String::new();
    }
    let whole = format!("{} {}", size.name, rounded(size.bytes));
    let text = if whole.chars().count() <= letters { &whole } else { &size.name };
    let text: String = if text.chars().count() <= letters {
        text.clone()
    } else {
        text.chars().take(letters - 1).chain(['\u{2026}']).collect()
    };
    format!("<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", at.x + 4.0, at.y + 13.0, escaped(&text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Size {
        let code = Size::sum("code", [Size::leaf("a<b>.c", 700_000), Size::leaf("tiny.c", 7)]);
        let python = Size::sum("python", [code, Size::leaf("data", 300_000)]);
        Size::sum("pylon.wasm", [python, Size::leaf("zlib", 80_000)])
    }

    #[test]
    fn every_part_has_its_rectangle_and_exact_title() {
        let svg = svg(&whole());
        let titles = [
            "pylon.wasm/python/code/a&lt;b&gt;.c: 700.0 KB",
            "pylon.wasm/python/data: 300.0 KB",
            "pylon.wasm/zlib: 80.0 KB",
            "pylon.wasm/python/code/1 smaller: 7 bytes",
        ];
        for title in titles {
            assert!(svg.contains(&format!("<title>{title}</title>")), "{title}\n{svg}");
        }
    }

    #[test]
    fn areas_are_as_sizes() {
        let svg = svg(&whole());
        let area = |title: &str| {
            let (_, rest) = svg.split_once(&format!("/{title}: ")).unwrap();
            let side = |name: &str| -> f64 {
                let (_, value) = rest.split_once(&format!(" {name}=\"")).unwrap();
                value.split_once('"').unwrap().0.parse().unwrap()
            };
            side("width") * side("height")
        };
        let ratio = area("python") / area("zlib");
        assert!((11.0..14.5).contains(&ratio), "{ratio}");
    }
}
