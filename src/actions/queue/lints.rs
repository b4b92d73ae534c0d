//! What is odd about workers though no declaration forbids it. Pure.
