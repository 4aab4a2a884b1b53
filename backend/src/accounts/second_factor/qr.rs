//! QR codes as an SVG path: there is no image to load, and the path has the page's colours.

use std::fmt::Write;

use qrcode::{Color, QrCode};

use crate::error::{Error, Result};

/// The number of modules per side, and the dark modules: for each run in a row a rectangle `Mx yhnv1h-nz`.
pub(super) fn draw(text: &str) -> Result<(u32, String)> {
    // The cause is left out of the error, since the text is a secret.
    let code = QrCode::new(text).map_err(|_| Error::Internal("the text does not fit in a QR code".to_owned()))?;
    let width = code.width();
    let colors = code.into_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run[0] == Color::Dark {
                let length = run.len();
                write!(path, "M{x} {y}h{length}v1h-{length}z").map_err(|error| Error::Internal(error.to_string()))?;
            }
            x += run.len();
        }
    }
    let size = u32::try_from(width).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((size, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads from the path which modules are dark.
    fn dark(size: u32, path: &str) -> Vec<bool> {
        let size = usize::try_from(size).unwrap();
        let mut dark = vec![false; size * size];
        for run in path.split('M').skip(1) {
            let (start, rest) = run.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (length, end) = rest.split_once('v').unwrap();
            assert_eq!(end, format!("1h-{length}z"));
            let start = y.parse::<usize>().unwrap() * size + x.parse::<usize>().unwrap();
            for module in &mut dark[start..start + length.parse::<usize>().unwrap()] {
                assert!(!*module, "no module twice");
                *module = true;
            }
        }
        dark
    }

    #[test]
    fn the_path_is_the_code() {
        let text = "otpauth://totp/Latchkey:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Latchkey";
        let (size, path) = draw(text).unwrap();
        let colors = QrCode::new(text).unwrap().into_colors();
        let expected: Vec<bool> = colors.into_iter().map(|color| color == Color::Dark).collect();
        assert_eq!(dark(size, &path), expected);
        assert!(path.starts_with("M0 0h7v1h-7z"), "the corner's mark: {path}");
    }

    #[test]
    fn what_does_not_fit_is_refused_without_repeating_it() {
        let error = draw(&"secret".repeat(1_000)).unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
