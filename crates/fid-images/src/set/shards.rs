//! A folder of tables: the shards of one set, one behind the other.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::SetError;
use super::folder::ImageFolder;
use super::names::{is_hidden, table_kind};

/// The tables directly in a folder that has no image files, in the order of the numbers in their
/// names, and the number of other entries. `None` if the folder is a set by its images, or has no
/// tables.
pub(super) fn of_folder(folder: &Path) -> Result<Option<(Vec<PathBuf>, usize)>, SetError> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let unreadable = |source: io::Error| SetError::Unreadable { path: folder.into(), source };
    let (mut tables, mut others) = (Vec::new(), 0);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = folder.join(entry.map_err(unreadable)?.file_name());
        if is_table(&path) { tables.push(path) } else { others += 1 }
    }
    if tables.is_empty() {
        return Ok(None);
    }
    // Anything else that is wrong with the folder is reported where it is opened.
    match ImageFolder::open(folder, true) {
        Err(SetError::NoImages { unread, .. }) if unread.is_empty() => {}
        _ => return Ok(None),
    }
    tables.sort_by(|a, b| natural(&name(a), &name(b)));
    require_one_set(folder, &tables)?;
    Ok(Some((tables, others)))
}

fn is_table(path: &Path) -> bool {
    // What Hugging Face's datasets computes and caches lies beside the data.
    let cached = name(path).starts_with("cache-") || name(path).starts_with("tmp");
    table_kind(path).is_some() && !cached && !is_hidden(path) && path.is_file()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Refuses tables of several sets, such as those of training and of testing, and missing ones.
fn require_one_set(folder: &Path, tables: &[PathBuf]) -> Result<(), SetError> {
    let shards = |cause: String| SetError::Shards { folder: folder.into(), cause };
    let mut sets: BTreeMap<String, String> = BTreeMap::new();
    let (mut numbers, mut of) = (Vec::new(), None);
    for table in tables {
        let name = name(table);
        let ending = name.rsplit_once('.').unwrap_or_default().1.to_lowercase();
        let set = match numbered(&name) {
            Some((set, number, count)) => {
                if *of.get_or_insert(count) != count {
                    return Err(shards(format!("holds files of {count} and others")));
                }
                numbers.push(number);
                set.to_owned()
            }
            None => runs(&name.to_lowercase())
                .map(|run| if is_number(run) { "#" } else { run })
                .collect(),
        };
        sets.entry(format!("{set}.{ending}")).or_insert(name);
    }
    if sets.len() > 1 {
        let names = sets.into_values().take(4).collect::<Vec<_>>().join(", ");
        return Err(shards(format!("holds tables of several sets ({names}, …)")));
    }
    if let Some(count) = of
        && let Some(missing) = (0..count).find(|number| !numbers.contains(number))
    {
        return Err(shards(format!("has no table number {missing} of {count}")));
    }
    if of.is_some_and(|count| tables.len() as u64 != count) {
        return Err(shards(format!(
            "has {} tables instead of {}",
            tables.len(),
            of.unwrap_or_default()
        )));
    }
    Ok(())
}

/// Set, number and count in a name such as `train-00003-of-00010.parquet`.
fn numbered(name: &str) -> Option<(&str, u64, u64)> {
    let (before, after) = name.rsplit_once("-of-")?;
    let (set, number) = before.rsplit_once('-').unwrap_or(("", before));
    let count = runs(after).next().filter(|run| is_number(run))?;
    Some((set, number.parse().ok()?, count.parse().ok()?))
}

/// Compares names by the numbers in them, where they have some at the same place.
fn natural(a: &str, b: &str) -> Ordering {
    let mut pairs = runs(a).zip(runs(b));
    let by_runs = pairs.find_map(|(a, b)| {
        let order = match (is_number(a), is_number(b)) {
            (true, true) => {
                let [a, b] = [a, b].map(|run| run.trim_start_matches('0'));
                a.len().cmp(&b.len()).then(a.cmp(b))
            }
            _ => a.cmp(b),
        };
        (order != Ordering::Equal).then_some(order)
    });
    by_runs.unwrap_or_else(|| a.len().cmp(&b.len()).then(a.cmp(b)))
}

fn is_number(run: &str) -> bool {
    run.starts_with(|c: char| c.is_ascii_digit())
}

/// Digits, and what is between them.
fn runs(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let digits = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_numbers() {
        let mut names = ["b-10.pq", "b-9.pq", "b-009.pq", "a-2x", "a-2", "b", "10", "9"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["9", "10", "a-2", "a-2x", "b", "b-9.pq", "b-009.pq", "b-10.pq"]);
    }

    #[test]
    fn tables_of_one_set_are_told_by_their_names() {
        let check = |names: &[&str]| {
            let paths = names.iter().map(PathBuf::from).collect::<Vec<_>>();
            require_one_set(Path::new("f"), &paths).map_err(|error| error.to_string())
        };
        for names in [
            &["train-00000-of-00002.parquet", "train-00001-of-00002-0a1b.parquet"][..],
            &["part-00000-c0ffee-c000.snappy.parquet", "part-00001-c0ffee-c000.snappy.parquet"],
            &["0.parquet", "1.parquet", "17.PARQUET"],
            &["data.arrow"],
        ] {
            assert_eq!(check(names), Ok(()));
        }
        for (names, expected) in [
            (&["train-0.parquet", "test-0.parquet"][..], "several sets (test-0.parquet, train"),
            (&["a-0-of-1.parquet", "b-0-of-1.parquet"], "several sets"),
            (&["0.parquet", "0.arrow"], "several sets"),
            (&["a-0-of-3.parquet", "a-2-of-3.parquet"], "no table number 1 of 3"),
            (&["a-0-of-1.parquet", "a-0-of-1-x.parquet"], "2 tables"),
            (&["a-0-of-1.parquet", "a-0-of-2.parquet"], "of 2 and others"),
        ] {
            let said = check(names).unwrap_err();
            assert!(said.contains(expected) && said.contains("name one"), "{said}");
        }
    }
}
