//! Seeded chance: `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014), the same on every machine.

use std::f64::consts::TAU;

/// A stream of draws.
pub struct Rng(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Rng {
    /// The stream called `name` under `seed`; another name's draws do not change it.
    pub fn stream(seed: u64, name: u64) -> Self {
        Self(mix(seed.wrapping_add(GAMMA)) ^ mix(name.wrapping_mul(GAMMA).wrapping_add(1)))
    }

    /// Evenly above 0 and up to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(GAMMA);
        ((mix(self.0) >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() <= probability
    }

    /// Evenly from 0 to `most`.
    pub fn up_to(&mut self, most: usize) -> usize {
        (self.unit() * (most + 1) as f64).ceil() as usize - 1
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (TAU * self.unit()).cos()
    }

    /// Student's t with four degrees of freedom: a normal over the root of a quarter of a χ²₄,
    /// which is −2 times the logarithm of the product of two even draws.
    pub fn student_4(&mut self) -> f64 {
        self.normal() / (-0.5 * (self.unit() * self.unit()).ln()).sqrt()
    }

    /// Pareto with least value 1 and exponent 1.
    pub fn pareto(&mut self) -> f64 {
        1.0 / self.unit()
    }
}
