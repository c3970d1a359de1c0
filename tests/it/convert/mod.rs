//! `envlock convert` as its users meet it: the program itself, on the channel of the fixtures, without a network.

mod again;
mod at_once;
mod bytes;
mod channels;
mod conditions;
mod configured;
mod fates;
mod from_env;
mod image;
mod interrupted;
mod keyring;
mod options;
mod outputs;
mod refusals;
mod registry;
mod reports;
mod secrets;
mod stores;
mod tools;
