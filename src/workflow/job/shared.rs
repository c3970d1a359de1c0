//! What the environments of one run have in common, found out for the first that wants it.

use crate::{image::BaseImage, machine::Machine};

/// What the environments of one run have in common.
#[derive(Default)]
pub(in crate::workflow) struct Shared {
    /// Images whose digests are known.
    pub images: Vec<BaseImage>,
    /// What the machine is set up with: with the files of other programs, and without them.
    machines: [Option<Machine>; 2],
}

impl Shared {
    /// What the machine is set up with, see [`Machine::read`].
    pub(super) fn machine(&mut self, is_ignored: bool) -> Machine {
        self.machine_by(is_ignored, || Machine::read(is_ignored))
    }

    fn machine_by(&mut self, is_ignored: bool, read: impl FnOnce() -> Machine) -> Machine {
        let [with, without] = &mut self.machines;
        let known = if is_ignored { without } else { with };
        known.get_or_insert_with(read).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_machine_are_read_once_for_all_environments() {
        let mut shared = Shared::default();
        let mut read = Vec::new();
        for is_ignored in [false, true, false, true] {
            let machine = shared.machine_by(is_ignored, || {
                read.push(is_ignored);
                Machine { taken: vec![is_ignored.to_string()], ..Machine::default() }
            });
            assert_eq!(machine.taken, [is_ignored.to_string()]);
        }
        assert_eq!(read, [false, true]);
    }
}
