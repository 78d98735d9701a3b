//! How long what is left of a plan takes: the longest chain of steps that wait for each other.

use std::time::Duration;

/// The steps that are not done, the most urgent first.
#[derive(Debug)]
pub(super) struct Left {
    /// Indices of steps, and the milliseconds that each and what waits for it usually take.
    by_urgency: Vec<(usize, u64)>,
    done: Vec<bool>,
    /// Those before it are done.
    next: usize,
}

impl Left {
    pub(super) fn of(urgency: &[u64]) -> Self {
        let mut by_urgency: Vec<(usize, u64)> = urgency.iter().copied().enumerate().collect();
        by_urgency.sort_by_key(|(_, urgency)| std::cmp::Reverse(*urgency));
        Self {
            done: vec![false; by_urgency.len()],
            by_urgency,
            next: 0,
        }
    }

    pub(super) fn done(&mut self, index: usize) {
        self.done[index] = true;
        let rest = self.by_urgency[self.next..].iter();
        self.next += rest.take_while(|(index, _)| self.done[*index]).count();
    }

    /// The longest chain that is left.
    pub(super) fn longest(&self) -> Duration {
        let first = self.by_urgency.get(self.next);
        Duration::from_millis(first.map_or(0, |(_, urgency)| *urgency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_chain_shrinks_with_the_steps_that_make_it() {
        let mut left = Left::of(&[30, 100, 70]);
        let longest = |left: &Left| left.longest().as_millis();
        assert_eq!(longest(&left), 100);
        left.done(2);
        assert_eq!(longest(&left), 100);
        left.done(1);
        assert_eq!(longest(&left), 30);
        left.done(0);
        assert_eq!(longest(&left), 0);
    }
}
