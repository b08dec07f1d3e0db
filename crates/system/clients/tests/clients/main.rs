//! The client programs and their tree, on real parts: processes that try to get away, sshd, xterm, FreeRDP, an X server.
//!
//! A process has one tree at a time, and a test's other children must not be in it: tests take turns.
#![cfg(target_os = "linux")]

#[cfg(test)]
mod cover;
#[cfg(test)]
mod rdp;
#[cfg(test)]
mod sign;
#[cfg(test)]
mod ssh;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trees;
