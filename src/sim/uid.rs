//! Operator ids as Flink computes them from uids (`StreamGraphHasherV2#generateUserSpecifiedHash`): MurmurHash3 for
//! x64, 128 bits, seed 0, in Guava's byte order.

use crate::domain::id::OperatorId;

/// The id of the operator with this uid.
pub fn operator_id(uid: &str) -> OperatorId {
    let (low, high) = murmur3(uid.as_bytes());
    let mut id = [0; 16];
    id[..8].copy_from_slice(&low.to_le_bytes());
    id[8..].copy_from_slice(&high.to_le_bytes());
    OperatorId(id)
}

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

fn mix_low(word: u64) -> u64 {
    word.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix_high(word: u64) -> u64 {
    word.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn finish(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ (word >> 33)
}

fn word(bytes: &[u8]) -> u64 {
    let mut padded = [0; 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(padded)
}

fn murmur3(bytes: &[u8]) -> (u64, u64) {
    let (mut low, mut high) = (0_u64, 0_u64);
    let (blocks, tail) = bytes.as_chunks::<16>();
    for block in blocks {
        low ^= mix_low(word(&block[..8]));
        low = low
            .rotate_left(27)
            .wrapping_add(high)
            .wrapping_mul(5)
            .wrapping_add(0x52dc_e729);
        high ^= mix_high(word(&block[8..]));
        high = high
            .rotate_left(31)
            .wrapping_add(low)
            .wrapping_mul(5)
            .wrapping_add(0x3849_5ab5);
    }
    let (first, second) = tail.split_at(tail.len().min(8));
    high ^= mix_high(word(second));
    low ^= mix_low(word(first));
    let length = bytes.len() as u64;
    low ^= length;
    high ^= length;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    low = finish(low);
    high = finish(high);
    low = low.wrapping_add(high);
    (low, high.wrapping_add(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_flink_computes() {
        // The uids and ids of operators in metadata that real Flinks wrote.
        let known = [
            ("p", "93b2f076cea65ac3db837a144b08c84d"),
            ("buffer", "3983d6bb2f0a45b638461bc99138f22f"),
            ("numbers-source", "5900d2cb0a81c830ac5f9c198a565783"),
            ("count-per-key", "5b61d6019ab04da71a4e62533c1a8c40"),
        ];
        for (uid, id) in known {
            assert_eq!(operator_id(uid).to_string(), id, "{uid}");
        }
    }
}
