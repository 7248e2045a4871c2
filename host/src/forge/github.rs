//! Public or self-hosted GitHub, through octocrab.
