//! Lines side by side, such that those that would touch have different tracks.

use std::collections::HashMap;

use super::{GAP, PITCH};

/// A net, and where it begins and ends along a channel.
pub(super) type Stretch = (usize, (i32, i32));

/// The tracks of a channel.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    /// The track of each net.
    of: HashMap<usize, i32>,
    /// Where the last line of each track ends.
    ends: Vec<i32>,
}

impl Tracks {
    /// Gives each net that spans this stretch, from and to, a track: the first that is free there.
    pub(super) fn assign(&mut self, mut stretches: Vec<Stretch>) {
        stretches.sort_by_key(|(net, (from, _))| (*from, *net));
        for (net, (from, to)) in stretches {
            let is_free = |end: &i32| end + PITCH < from;
            let track = match self.ends.iter().position(is_free) {
                Some(track) => track,
                None => {
                    self.ends.push(i32::MIN / 2);
                    self.ends.len() - 1
                }
            };
            self.ends[track] = to;
            self.of
                .insert(net, i32::try_from(track).unwrap_or(i32::MAX));
        }
    }

    /// How wide all of them are.
    pub(super) fn width(&self) -> i32 {
        match i32::try_from(self.ends.len()).unwrap_or(i32::MAX) {
            0 => 0,
            tracks => (tracks - 1) * PITCH + 2 * GAP,
        }
    }

    /// How far from the side the track of a net is.
    pub(super) fn offset(&self, net: usize) -> Option<i32> {
        self.of.get(&net).map(|track| GAP + track * PITCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_would_touch_have_different_tracks() {
        let mut tracks = Tracks::default();
        tracks.assign(vec![
            (0, (0, 50)),
            (1, (40, 90)),
            (2, (57, 99)),
            (3, (55, 60)),
        ]);
        let offset = |net| tracks.offset(net).expect("a track");
        assert_ne!(offset(0), offset(1));
        assert_eq!(offset(0), offset(2), "it begins where the other has ended");
        assert_eq!(tracks.offset(4), None);
        assert_eq!(tracks.width(), 2 * PITCH + 2 * GAP);
    }
}
