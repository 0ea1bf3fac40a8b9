//! The program `hextop`; everything is in the library.

fn main() {}
