//! What this machine is set up with, read once for a whole run.

use crate::machine::Machine;

/// What this machine is set up with, read when it is first wanted: with the files of other programs, and without them.
#[derive(Clone, Debug, Default)]
pub struct Machines([Option<Machine>; 2]);

impl Machines {
    /// What it is set up with, see [`Machine::read`].
    #[must_use]
    pub fn get(&mut self, is_ignored: bool) -> &Machine {
        self.get_by(is_ignored, || Machine::read(is_ignored))
    }

    fn get_by(&mut self, is_ignored: bool, read: impl FnOnce() -> Machine) -> &Machine {
        let [with, without] = &mut self.0;
        let known = if is_ignored { without } else { with };
        known.get_or_insert_with(read)
    }

    /// One that was read with the files of other programs.
    #[cfg(test)]
    pub(crate) fn of(machine: Machine) -> Self {
        Self([Some(machine), None])
    }

    /// Takes over what was read elsewhere in this run.
    pub fn take_over(&mut self, others: &Self) {
        for (own, other) in self.0.iter_mut().zip(&others.0) {
            if own.is_none() {
                own.clone_from(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken of the machine where it is read in this moment.
    fn taken(machines: &mut Machines, is_ignored: bool, now: &str) -> Vec<String> {
        let read = || Machine { taken: vec![now.to_owned()], ..Machine::default() };
        machines.get_by(is_ignored, read).taken.clone()
    }

    #[test]
    fn the_files_of_a_machine_are_read_once_for_all_environments() {
        let mut machines = Machines::default();
        assert_eq!(taken(&mut machines, false, "first"), ["first"]);
        assert_eq!(taken(&mut machines, true, "second"), ["second"]);
        assert_eq!(taken(&mut machines, false, "third"), ["first"]);
        assert_eq!(taken(&mut machines, true, "fourth"), ["second"]);
    }

    #[test]
    fn what_was_read_elsewhere_is_not_read_again() {
        let (mut plan, mut run) = (Machines::default(), Machines::default());
        taken(&mut plan, false, "for the plan");
        run.take_over(&plan);
        assert_eq!(taken(&mut run, false, "for the run"), ["for the plan"]);
        assert_eq!(taken(&mut run, true, "for the run"), ["for the run"]);
        taken(&mut plan, true, "too late");
        run.take_over(&plan);
        assert_eq!(taken(&mut run, true, "once more"), ["for the run"]);
    }
}
