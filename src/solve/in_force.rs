//! Which lines of the file count: a line may have a condition (CEP 43).

use super::{
    Fate, Outcome, Reason, Request, SolveError,
    python::Python,
    universe::{Target, When, when},
};
use crate::intent::Wish;

/// The wishes that count, and what there is to say of the others.
pub(super) struct InForce {
    pub wishes: Vec<Wish>,
    pub others: Vec<Outcome>,
}

/// Settles the conditions of lines; `None` where there are none.
///
/// A condition must be settled by what the image offers and by the python that is wanted: whether a line counts is known
/// before anything is solved, since what is wished for decides what is there.
///
/// # Errors
///
/// [`SolveError::OpenCondition`] where one isn't, and [`SolveError::NoPython`].
pub(super) fn in_force(request: &Request) -> Result<Option<InForce>, SolveError> {
    let is_conditional = |wish: &Wish| wish.pin.refinement.when.is_some();
    if !request.wishes.iter().any(is_conditional) {
        return Ok(None);
    }
    // A line for python counts or not without any python.
    let is_python = |wish: &Wish| wish.pin.name.as_normalized() == "python";
    let mut state = InForce { wishes: request.wishes.to_vec(), others: Vec::new() };
    state.settle(request, None, |wish| is_conditional(wish) && is_python(wish))?;
    let python = Python::wanted(&Request { wishes: &state.wishes, ..*request })?;
    state.settle(request, python.as_ref(), |wish| is_conditional(wish) && !is_python(wish))?;
    Ok(Some(state))
}

impl InForce {
    fn settle(
        &mut self,
        request: &Request,
        python: Option<&Python>,
        which: impl Fn(&Wish) -> bool,
    ) -> Result<(), SolveError> {
        let target = Target { virtual_packages: request.virtual_packages, python, flags: None };
        let mut in_force = Vec::new();
        for wish in std::mem::take(&mut self.wishes) {
            let Some(condition) = wish.pin.refinement.when.as_ref().filter(|_| which(&wish)) else {
                in_force.push(wish);
                continue;
            };
            let open = match when(condition, &target) {
                Ok(When::Always) => {
                    in_force.push(wish);
                    continue;
                }
                Ok(When::Never) => {
                    let reason = Reason::OnlyWhen(condition.to_string());
                    let Wish { pin, root, used } = wish;
                    self.others.push(Outcome { pin, root, used, fate: Fate::Gone { reason } });
                    continue;
                }
                Ok(When::In(cases)) => cases.specs.into_iter().map(|spec| spec.text).collect(),
                Err(why) => vec![why],
            };
            return Err(SolveError::OpenCondition { line: wish.pin.line, text: wish.pin.text, open });
        }
        self.wishes = in_force;
        Ok(())
    }
}
