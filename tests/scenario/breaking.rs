//! One thing is broken in the cloud; there is one finding or verdict that names it.
