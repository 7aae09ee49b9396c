//! Singular values of a bidiagonal matrix by the differential quotient-difference algorithm with
//! shifts (Fernando & Parlett, "Accurate singular values and differential qd algorithms", 1994). It
//! works on the squares and subtracts only the shift, so the roots keep their relative accuracy.

/// A squared superdiagonal entry below this share of its neighbours or of the shifts counts as
/// zero.
const NEGLIGIBLE: f64 = f64::EPSILON * f64::EPSILON;

/// Passes allowed per value; about four are needed.
const PASSES: usize = 100;

/// The singular values, in no order, of the bidiagonal matrix with this diagonal and superdiagonal;
/// `None` if they did not converge.
pub(super) fn singular_values(diagonal: &[f64], above: &[f64]) -> Option<Vec<f64>> {
    let scale = diagonal.iter().chain(above).fold(0.0, |max: f64, x| max.max(x.abs()));
    if scale == 0.0 {
        return Some(vec![0.0; diagonal.len()]);
    }
    let square = |x: &f64| (x / scale) * (x / scale);
    let q = diagonal.iter().map(square).collect();
    let e = above.iter().map(square).collect();
    let next_q = vec![0.0; diagonal.len()];
    let next_e = vec![0.0; above.len()];
    let mut values = Qd { q, e, next_q, next_e }.eigenvalues()?;
    values.iter_mut().for_each(|value| *value = scale * value.sqrt());
    Some(values)
}

/// Squares of the diagonal and of the superdiagonal, and room for those of the next pass.
struct Qd {
    q: Vec<f64>,
    e: Vec<f64>,
    next_q: Vec<f64>,
    next_e: Vec<f64>,
}

/// A block of the matrix without zeros on the superdiagonal, and the sum of its shifts.
struct Stretch {
    start: usize,
    end: usize,
    shifts: f64,
    /// The smallest pivot of the last pass, an upper bound on the smallest eigenvalue.
    smallest: f64,
    /// Whether that pivot was one of the last two.
    at_end: bool,
}

impl Stretch {
    fn new(start: usize, end: usize, shifts: f64) -> Self {
        Self { start, end, shifts, smallest: 0.0, at_end: false }
    }
}

impl Qd {
    fn eigenvalues(&mut self) -> Option<Vec<f64>> {
        let n = self.q.len();
        let mut passes = PASSES * n;
        let mut values = Vec::with_capacity(n);
        let mut open = vec![Stretch::new(0, n, 0.0)];
        while let Some(mut at) = open.pop() {
            let start = at.start;
            let end = at.end;
            if end - start == 1 {
                values.push(at.shifts + self.q[start]);
            } else if end - start == 2 {
                let (large, small) = two_by_two(self.q[start], self.e[start], self.q[start + 1]);
                values.extend([at.shifts + large, at.shifts + small]);
            } else if let Some(i) = self.split(&at) {
                open.push(Stretch::new(start, i + 1, at.shifts));
                open.push(Stretch::new(i + 1, end, at.shifts));
            } else {
                self.step(&mut at, &mut passes)?;
                open.push(at);
            }
        }
        Some(values)
    }

    /// The last position where the stretch splits in two.
    fn split(&self, at: &Stretch) -> Option<usize> {
        (at.start..at.end - 1)
            .rev()
            .find(|&i| self.e[i] <= NEGLIGIBLE * at.shifts.max(self.q[i]).max(self.q[i + 1]))
    }

    /// One pass over a stretch, repeated with smaller shifts until the shift exceeds no eigenvalue.
    /// `None` if no passes are left.
    fn step(&mut self, at: &mut Stretch, passes: &mut usize) -> Option<()> {
        let start = at.start;
        let end = at.end;
        if self.q[end - 1] > 1.5 * self.q[start] {
            // The iteration finds small values at the end.
            self.q[start..end].reverse();
            self.e[start..end - 1].reverse();
            (at.smallest, at.at_end) = (0.0, false);
        }
        let mut shift = if at.at_end { self.smallest_at(end) } else { 0.25 * at.smallest };
        let mut refused = 0;
        while let Err(Beyond { missing }) = self.pass(at, shift) {
            *passes = passes.checked_sub(1)?;
            refused += 1;
            shift = match missing {
                // Only the last pivot was negative: the shift is too large by that much
                // (Rutishauser).
                Some(missing) if refused == 1 => (shift - missing).max(0.0),
                _ if refused < 5 => 0.25 * shift,
                _ => 0.0,
            };
        }
        *passes = passes.checked_sub(1)?;
        at.shifts += shift;
        self.q[start..end].copy_from_slice(&self.next_q[start..end]);
        self.e[start..end - 1].copy_from_slice(&self.next_e[start..end - 1]);
        Some(())
    }

    /// Estimate of the smallest eigenvalue if it sits at the end: that of the last 2 × 2 block,
    /// less twice the second-order effect of the row above.
    fn smallest_at(&self, end: usize) -> f64 {
        let q = &self.q[end - 3..end];
        let e = &self.e[end - 3..end - 1];
        let (large, small) = two_by_two(q[1], e[1], q[2]);
        let gap = large - small;
        let above = q[0] + e[0] - small;
        let less = 2.0 * (e[0] * q[1] / gap) * (e[1] * q[2] / gap) / above;
        if gap > 0.0 && above > 0.0 && less < small { small - less } else { 0.3 * small }
    }

    /// Computes the next `q` and `e`, those of the matrix less `shift`, unless it has a negative
    /// eigenvalue.
    fn pass(&mut self, at: &mut Stretch, shift: f64) -> Result<(), Beyond> {
        let range = at.start..at.end;
        let n = at.end - at.start;
        let q = &self.q[range.clone()];
        let e = &self.e[at.start..at.end - 1];
        let next_q = &mut self.next_q[range];
        let next_e = &mut self.next_e[at.start..at.end - 1];
        let mut smallest = f64::INFINITY;
        let mut before = f64::INFINITY;
        let mut pivot = q[0] - shift;
        for i in 0..n - 1 {
            if pivot < 0.0 {
                return Err(Beyond { missing: None });
            }
            smallest = smallest.min(before);
            before = pivot;
            next_q[i] = pivot + e[i];
            let ratio = q[i + 1] / next_q[i];
            next_e[i] = e[i] * ratio;
            pivot = pivot * ratio - shift;
        }
        if pivot < 0.0 {
            return Err(Beyond { missing: Some(-pivot) });
        }
        next_q[n - 1] = pivot;
        let end = pivot.min(before);
        (at.smallest, at.at_end) = (smallest.min(end), end <= smallest);
        Ok(())
    }
}

/// The shift is larger than the smallest eigenvalue.
struct Beyond {
    /// By about how much, if known.
    missing: Option<f64>,
}

/// The eigenvalues of `BᵀB` for `B = [√a √b; 0 √c]`, the larger first.
fn two_by_two(a: f64, b: f64, c: f64) -> (f64, f64) {
    let half = 0.5 * (a - c + b);
    let large = 0.5 * (a + b + c) + (half * half + b * c).sqrt();
    (large, if large > 0.0 { a * (c / large) } else { 0.0 })
}
