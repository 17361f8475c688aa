//! Sizes for people. Machines get integers of bytes.

use humansize::{BINARY, FormatSizeOptions, format_size};

/// Bytes in IEC units with at most one decimal: `6.1 GiB`, `210 MiB`, `512 B`.
pub fn iec(bytes: u64) -> String {
    let decimals = usize::from(scaled_below_ten(bytes));
    format_size(
        bytes,
        FormatSizeOptions::from(BINARY)
            .decimal_places(decimals)
            .decimal_zeroes(0),
    )
}

/// One decimal helps while the number before the unit has a single digit, and only costs width afterwards.
fn scaled_below_ten(bytes: u64) -> bool {
    let mut scaled = bytes as f64;
    while scaled >= 1024.0 {
        scaled /= 1024.0;
    }
    scaled < 10.0
}

#[cfg(test)]
mod tests {
    use super::iec;

    #[test]
    fn sizes_are_short() {
        let shown: Vec<String> = [
            0,
            1,
            1023,
            1024,
            1536,
            10 * 1024,
            58_900,
            6_550_000_000,
            u64::MAX,
        ]
        .map(iec)
        .into();
        assert_eq!(
            shown,
            [
                "0 B", "1 B", "1023 B", "1 KiB", "1.5 KiB", "10 KiB", "58 KiB", "6.1 GiB", "16 EiB"
            ]
        );
    }
}
