//! Worlds that are hard or strange, and the time limit.

use super::*;
