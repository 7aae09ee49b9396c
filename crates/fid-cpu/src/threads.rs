//! The number of threads for the network.

use std::collections::HashSet;
use std::thread::available_parallelism;

/// One thread for each core that this process may use, within the limits of its container and of
/// its affinity; as many as the current rayon pool has if that is fewer, or if
/// `RAYON_NUM_THREADS` sets it.
///
/// The second thread of a core would gain little: the inner loops keep a core's multipliers busy
/// about 90 % of the time, and both threads would share the caches.
pub(crate) fn threads() -> usize {
    let pool = rayon::current_num_threads();
    if std::env::var_os("RAYON_NUM_THREADS").is_some() {
        return pool;
    }
    // Respects the container's share of CPU time (cgroup v1 and v2) and the affinity.
    let allowed = available_parallelism().map_or(1, usize::from);
    pool.min(allowed).min(cores().unwrap_or(allowed))
}

/// The cores of this process's affinity.
#[cfg(target_os = "linux")]
fn cores() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let siblings = |cpu| {
        let folder = format!("/sys/devices/system/cpu/cpu{cpu}/topology");
        std::fs::read_to_string(format!("{folder}/thread_siblings_list")).ok()
    };
    count_cores(allowed, siblings)
}

/// The cores of the machine.
#[cfg(not(target_os = "linux"))]
fn cores() -> Option<usize> {
    Some(num_cpus::get_physical())
}

/// The number of different cores in a list of CPUs such as `0-3,8`; `siblings` gives the list of a
/// CPU's core. `None` if a list cannot be read.
#[cfg(any(target_os = "linux", test))]
fn count_cores(allowed: &str, siblings: impl Fn(usize) -> Option<String>) -> Option<usize> {
    let mut cores = HashSet::new();
    for range in allowed.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        for cpu in first.parse::<usize>().ok()?..=last.parse().ok()? {
            cores.insert(siblings(cpu)?);
        }
    }
    Some(cores.len())
}

#[cfg(test)]
mod tests {
    use super::count_cores;

    #[test]
    fn threads_of_one_core_count_once() {
        // CPU n and n + 4 are threads of one core.
        let siblings = |cpu: usize| (cpu < 8).then(|| format!("{},{}\n", cpu % 4, cpu % 4 + 4));
        let count = |allowed| count_cores(allowed, siblings);
        assert_eq!(count("\t0-7\n"), Some(4));
        assert_eq!(count("0-3"), Some(4));
        assert_eq!(count("0,4"), Some(1));
        assert_eq!(count("0-1,4-5,7"), Some(3));
        assert_eq!(count("0-8"), None, "a CPU whose core is unknown");
        assert_eq!(count(""), None);
    }

    #[test]
    fn there_is_a_thread_and_not_more_than_the_pool_has() {
        assert!((1..=rayon::current_num_threads()).contains(&super::threads()));
    }
}
