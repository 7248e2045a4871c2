//! Gradient steps that grow shorter for a weight the more it has moved (Duchi
//! and others, 2011): common features settle, rare ones can still speak.

pub(super) struct AdaGrad {
    pub weights: Vec<f32>,
    /// What weights are drawn to, and how strongly.
    priors: Vec<f32>,
    decay: f32,
    rate: f32,
    squares: Vec<f32>,
    gradient: Vec<f32>,
    touched: Vec<usize>,
}

impl AdaGrad {
    pub fn new(priors: Vec<f32>, decay: f32, rate: f32) -> Self {
        /// Keeps the first step of a weight finite.
        const FIRST_SQUARE: f32 = 1e-2;
        AdaGrad {
            squares: vec![FIRST_SQUARE; priors.len()],
            gradient: vec![0.0; priors.len()],
            weights: priors.clone(),
            priors,
            decay,
            rate,
            touched: Vec::new(),
        }
    }

    pub fn pull(&mut self, weight: usize, by: f32) {
        if self.gradient[weight] == 0.0 {
            self.touched.push(weight);
        }
        self.gradient[weight] += by;
    }

    /// Moves the weights that were pulled at.
    pub fn step(&mut self) {
        for weight in self.touched.drain(..) {
            let towards = self.priors[weight] - self.weights[weight];
            let pull = std::mem::take(&mut self.gradient[weight]) + self.decay * towards;
            self.squares[weight] += pull * pull;
            self.weights[weight] += self.rate * pull / self.squares[weight].sqrt();
        }
    }
}

/// Shares that sum to one, from scores.
pub(super) fn shares(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().fold(f32::MIN, |a, b| a.max(*b));
    let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
    let all: f32 = powers.iter().sum();
    powers.iter().map(|power| power / all).collect()
}
