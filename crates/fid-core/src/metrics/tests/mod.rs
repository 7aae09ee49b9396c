//! Tests of the metrics that need private items.

mod influence;
mod interval;
mod prdc;
