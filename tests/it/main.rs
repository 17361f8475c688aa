//! it
mod metadata_hostile;
mod metadata_models;
mod metadata_roundtrip;
