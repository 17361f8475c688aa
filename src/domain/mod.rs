//! d
/// s
pub mod size {
    /// x
    pub fn iec(b: u64) -> String {
        humansize::format_size(b, humansize::BINARY)
    }
}
