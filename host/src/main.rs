use std::process::ExitCode;

fn main() -> ExitCode {
    sentinel::cli::main()
}
