//! Intake on a real disk, fed by a real recorder's writer.

#[cfg(test)]
mod arriving;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod restarting;
#[cfg(test)]
mod world;
