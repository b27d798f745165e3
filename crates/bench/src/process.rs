//! What another process has used: processor time to the nanosecond, memory as the system counts it.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// A process by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

/// Memory in use now and at its highest, in KiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) now_kib: f64,
    pub(crate) peak_kib: f64,
}

impl Process {
    pub(crate) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Processor time of all its threads, user and system, since it began.
    #[cfg(target_os = "linux")]
    pub(crate) fn cpu(self) -> anyhow::Result<Duration> {
        use nix::time::ClockId;
        use nix::unistd::Pid;

        let pid = Pid::from_raw(i32::try_from(self.0).context("a number of a process")?);
        // /proc counts in hundredths of a second, and this clock in nanoseconds; threads that have ended are in it.
        let clock = ClockId::pid_cpu_clock_id(pid).context("cannot read the process's clock")?;
        Ok(clock.now().context("cannot read the process's clock")?.into())
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn cpu(self) -> anyhow::Result<Duration> {
        anyhow::bail!("the processor time of process {} can only be read on Linux", self.0)
    }

    /// Its resident memory.
    pub(crate) fn memory(self) -> anyhow::Result<Memory> {
        let path = format!("/proc/{}/status", self.0);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let kib = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
            number.with_context(|| format!("{path} has no {name}"))
        };
        Ok(Memory {
            now_kib: kib("VmRSS:")?,
            peak_kib: kib("VmHWM:")?,
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn work_shows_in_the_clock_and_in_memory() {
        let own = Process::new(std::process::id());
        let before = own.cpu().expect("a clock");
        let mut sum = 0_u64;
        while own.cpu().expect("a clock") < before + Duration::from_millis(2) {
            sum = sum.wrapping_add(std::hint::black_box(1));
        }
        assert!(sum > 0);
        let memory = own.memory().expect("a status");
        assert!(memory.now_kib > 0.0 && memory.peak_kib >= memory.now_kib);
    }
}
