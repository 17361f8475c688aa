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

/// Bytes to the last one, and in IEC units where that is another number: `6,550,000,000 bytes, 6.1 GiB`.
pub fn exact(bytes: u64) -> String {
    let whole = thousands(bytes);
    match bytes {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{whole} bytes"),
        _ => format!("{whole} bytes, {}", iec(bytes)),
    }
}

/// A whole number with marks between thousands: `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
    use super::{exact, iec};

    #[test]
    fn bytes_are_told_to_the_last_one() {
        assert_eq!(
            [0, 1, 1023, 1024, 6_550_000_000].map(exact),
            [
                "0 bytes",
                "1 byte",
                "1,023 bytes",
                "1,024 bytes, 1 KiB",
                "6,550,000,000 bytes, 6.1 GiB"
            ]
        );
    }

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
