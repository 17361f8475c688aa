//! Deletion by `stateward` itself of what jobs were restored from: a savepoint that a job claimed is part of its checkpoints,
//! and one that it did not claim is needed until its first checkpoint.
