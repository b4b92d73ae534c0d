//! Instances of worker templates.
