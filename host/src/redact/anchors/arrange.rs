//! Which windows are looked for together.
//!
//! The vector search knows eight buckets of windows, and at each place sees
//! only which halves of bytes a bucket has; it stops wherever they all occur.
//! Windows that are alike therefore belong into one bucket. The text below says
//! how often which byte is to be expected; it decides about speed alone.

/// Buckets of the search (slim Teddy). It puts the window number `n` into the
/// bucket `n % 8`.
const BUCKETS: usize = 8;

/// Most windows of one bucket: the search takes at most 128.
const MOST: usize = 128 / BUCKETS;

/// What ordinary logs are made of.
const ORDINARY: &[u8] = b"2026-01-02T03:04:05.1234567Z ##[group]Run actions/checkout@v4\n\
2026-01-02T03:04:05.1234567Z Downloading https://registry.example.org/name/name-1.2.3.tar.gz (12 kB)\n\
test parser::tests::reads_a_line ... ok\n   Compiling serde_json v1.0.117\n\
[INFO] --- compiler-plugin:3.8.1:compile (default-compile) @ core ---\n\
npm WARN deprecated request@2.88.2: this package has been deprecated\n\
src/main/java/org/example/Thing.java:123: warning: [unchecked] unchecked call to add(E)\n\
  at Object.<anonymous> (/home/runner/work/app/app/test/index.test.js:12:34)\n\
error[E0308]: mismatched types expected `usize`, found `&str` DEBUG INFO ERROR\n\
[worker-3] request=0123456789abcdef took=12ms 4567 89ab\n";

/// How often a byte is expected that the text above does not have.
const RARE: f64 = 0.0002;

fn chances() -> [f64; 256] {
    let mut chances = [RARE; 256];
    for byte in ORDINARY {
        chances[usize::from(*byte)] += 1.0 / ORDINARY.len() as f64;
    }
    chances
}

/// Where in a literal its rarest part of that length begins.
pub(super) fn rarest(literal: &[u8], length: usize) -> usize {
    let chances = chances();
    let chance = |window: &[u8]| -> f64 {
        window
            .iter()
            .map(|byte| chances[usize::from(*byte)])
            .product()
    };
    let windows = literal.windows(length).enumerate();
    let rarest = windows.min_by(|(_, a), (_, b)| chance(a).total_cmp(&chance(b)));
    rarest.map_or(0, |(at, _)| at)
}

/// Windows of one bucket, and which halves of bytes they have at each place.
#[derive(Clone, Default)]
struct Bucket {
    windows: Vec<Vec<u8>>,
    low: [u16; 4],
    high: [u16; 4],
}

impl Bucket {
    /// How often the search stops for it, and would with one window more.
    fn chance(&self, with: &[u8], length: usize, chances: &[f64; 256]) -> f64 {
        (0..length)
            .map(|place| {
                let byte = with.get(place);
                let low = self.low[place] | byte.map_or(0, |byte| 1 << (byte & 15));
                let high = self.high[place] | byte.map_or(0, |byte| 1 << (byte >> 4));
                sum(low, high, chances)
            })
            .product()
    }

    fn take(&mut self, window: Vec<u8>) {
        for (place, byte) in window.iter().enumerate() {
            self.low[place] |= 1 << (byte & 15);
            self.high[place] |= 1 << (byte >> 4);
        }
        self.windows.push(window);
    }
}

/// How often a byte comes whose halves are both among these.
fn sum(low: u16, high: u16, chances: &[f64; 256]) -> f64 {
    let of = |half: u16| (0..16usize).filter(move |bit| half >> bit & 1 == 1);
    of(high)
        .flat_map(|high| of(low).map(move |low| high << 4 | low))
        .map(|byte| chances[byte])
        .sum()
}

/// The windows in so many groups, each in the order that puts like to like.
pub(super) fn groups(mut windows: Vec<Vec<u8>>, length: usize, groups: usize) -> Vec<Vec<Vec<u8>>> {
    let chances = chances();
    let chance = |window: &Vec<u8>| -> f64 {
        window
            .iter()
            .map(|byte| chances[usize::from(*byte)])
            .product()
    };
    // The commonest first: they choose where the others cost least.
    windows.sort_by(|a, b| chance(b).total_cmp(&chance(a)));
    let mut buckets = vec![Bucket::default(); groups * BUCKETS];
    let mut costs = vec![0.0; buckets.len()];
    for window in windows {
        let with = |bucket: &Bucket| bucket.chance(&window, length, &chances);
        let room = buckets.iter().zip(&costs).enumerate();
        let room = room.filter(|(_, (bucket, _))| bucket.windows.len() < MOST);
        let raised = room.map(|(index, (bucket, cost))| (index, with(bucket) - cost));
        let best = raised.min_by(|(_, a), (_, b)| a.total_cmp(b));
        let (best, raised) = best.expect("there is room for all windows");
        costs[best] += raised;
        buckets[best].take(window);
    }
    buckets.sort_by(|a, b| {
        a.chance(&[], length, &chances)
            .total_cmp(&b.chance(&[], length, &chances))
    });
    (0..groups)
        .map(|group| in_order(buckets.iter().skip(group).step_by(groups)))
        .collect()
}

/// Window by window from each bucket in turn; where a bucket has no more, its
/// last again, so that the others stay in step.
fn in_order<'a>(buckets: impl Iterator<Item = &'a Bucket>) -> Vec<Vec<u8>> {
    let buckets: Vec<&Bucket> = buckets
        .filter(|bucket| !bucket.windows.is_empty())
        .collect();
    let rows = buckets
        .iter()
        .map(|bucket| bucket.windows.len())
        .max()
        .unwrap_or(0);
    let mut order = Vec::new();
    for row in 0..rows {
        for column in 0..BUCKETS {
            let windows = &buckets[column % buckets.len()].windows;
            order.push(windows[row.min(windows.len() - 1)].clone());
        }
    }
    order
}
