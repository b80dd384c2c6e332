//! The program: hands its arguments to the command line of the library, and its answer to the shell.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    // One thread is enough: the component waits for the network, and the network for nobody.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            // If that cannot be told either, the exit code says it.
            let _ = writeln!(
                std::io::stderr(),
                "error: this program does not start here: {error}"
            );
            return ExitCode::from(host_test::cli::FAILED);
        }
    };
    let code = runtime.block_on(host_test::cli::run(std::env::args_os().collect()));
    // A name that is still being looked up, after its time limit, would hold the program up.
    runtime.shutdown_background();
    ExitCode::from(code)
}
