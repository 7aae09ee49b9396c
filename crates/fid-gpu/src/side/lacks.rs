//! What the statistics in a file do not tell.

use fid_core::Tap;

use crate::pipeline::Want;
use crate::stats_file::StatsFile;

/// The part of `want` that a statistics file does not contain. Its statistics are of `layer`.
pub(crate) fn lacks(file: &StatsFile, layer: Tap, want: Want) -> Option<Want> {
    let known = want.tap == layer || want.tap == Tap::Spatial && file.spatial.is_some();
    let moments = want.moments && !known;
    let rows = want.rows && !(want.tap == layer && file.rows().is_some());
    (moments || rows).then_some(Want { moments, rows, ..want })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fid_core::FeatureStats;

    use super::*;

    #[test]
    fn lacks_names_only_missing_features() {
        let stats = FeatureStats::from_mu_sigma(vec![0.0, 1.0], vec![1.0, 0.0, 0.0, 1.0], None);
        let stats = stats.unwrap();
        let mut file = StatsFile::of(stats.clone(), None, None);
        let both = |tap| Want { tap, moments: true, rows: true };
        let layer = Tap::Pool3;
        for tap in [Tap::Pool3, Tap::Spatial] {
            assert_eq!(lacks(&file, layer, Want::rows(tap)), Some(Want::rows(tap)));
        }
        assert_eq!(lacks(&file, layer, Want::moments(layer)), None);
        assert_eq!(lacks(&file, layer, both(layer)), Some(Want::rows(layer)));
        assert_eq!(lacks(&file, layer, both(Tap::Pool64)), Some(both(Tap::Pool64)));
        let spatial = Want::moments(Tap::Spatial);
        assert_eq!(lacks(&file, layer, spatial), Some(spatial));
        file.spatial = Some(stats);
        assert_eq!(lacks(&file, layer, spatial), None);

        file.features = Some(Arc::new(vec![0.0; 4]));
        assert_eq!(lacks(&file, layer, both(layer)), None);
        // Those of another layer are not these.
        assert_eq!(lacks(&file, Tap::Pool64, both(layer)), Some(both(layer)));
        assert_eq!(lacks(&file, Tap::Pool64, both(Tap::Pool64)), None);
    }
}
