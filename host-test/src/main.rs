//! The program: hands its arguments to the command line of the library, and its answer to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    // One thread is enough: the component waits for the network, and the network for nobody.
    match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            ExitCode::from(runtime.block_on(host_test::cli::run(std::env::args_os().collect())))
        }
        Err(_) => ExitCode::from(host_test::cli::FAILED),
    }
}
