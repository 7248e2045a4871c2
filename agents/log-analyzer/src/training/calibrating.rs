//! Learning how often a claim is right (Platt, 1999), from claims about logs
//! that the claiming model has not seen.

use super::Calibration;

/// Newton's method converges in a few steps; the damping keeps it from
/// leaping where nearly all claims are right.
const ROUNDS: usize = 50;
const DAMPING: f64 = 1e-3;

/// The curve that fits claimed probabilities and whether they were right.
pub fn calibrate(claims: &[(f64, bool)]) -> Calibration {
    let right = claims.iter().filter(|claim| claim.1).count() as f64;
    let wrong = claims.len() as f64 - right;
    // Not 1 and 0: what was never wrong may be, with the next log.
    let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
    let (mut slope, mut offset) = (1.0f64, 0.0f64);
    for _ in 0..ROUNDS {
        let (mut g, mut h) = ([0.0; 2], [DAMPING, 0.0, DAMPING]);
        for (claimed, was_right) in claims {
            let x = Calibration::odds(*claimed);
            let p = 1.0 / (1.0 + (-(slope * x + offset)).exp());
            let gap = if *was_right { high } else { low } - p;
            let spread = p * (1.0 - p);
            g = [g[0] + gap * x, g[1] + gap];
            h = [h[0] + spread * x * x, h[1] + spread * x, h[2] + spread];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        slope += (h[2] * g[0] - h[1] * g[1]) / determinant;
        offset += (h[0] * g[1] - h[1] * g[0]) / determinant;
    }
    Calibration {
        slope: slope as f32,
        offset: offset as f32,
    }
}
