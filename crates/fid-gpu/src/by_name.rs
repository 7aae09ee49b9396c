//! Enums of `fid-core` in JSON: by the names that people type and read.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<T: Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// The method behind a cross trace, which has a name and no parser.
pub(crate) mod trace_method {
    use fid_core::CrossTraceMethod;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer};

    pub(crate) use super::serialize;

    const ALL: [CrossTraceMethod; 4] = [
        CrossTraceMethod::CrossGram,
        CrossTraceMethod::FactorTimesRows,
        CrossTraceMethod::CholeskyEigenvalues,
        CrossTraceMethod::FactorSingularValues,
    ];

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<CrossTraceMethod, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = ALL.into_iter().find(|method| method.to_string() == name);
        found.ok_or_else(|| D::Error::custom(format!("unknown trace method '{name}'")))
    }
}
