//! The server over real HTTPS: every test starts one of its own, in a folder and on a port of its own.

#[cfg(test)]
mod access;
#[cfg(test)]
mod administration;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod control;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod crash;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod front;
#[cfg(test)]
mod heads;
#[cfg(test)]
mod house;
#[cfg(test)]
mod launches;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod people;
#[cfg(test)]
mod record;
#[cfg(test)]
mod recorder;
#[cfg(test)]
mod scrub;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod stills;
#[cfg(test)]
mod vanished;
#[cfg(test)]
mod web;
#[cfg(test)]
mod withdrawal;
