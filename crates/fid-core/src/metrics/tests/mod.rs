//! Tests of the metrics that need what is not public: other tiles, definitions by plain loops.

mod influence;
mod interval;
mod prdc;
