//! A git repository on this machine's disk.
