//! What no snapshot names, deleted.
