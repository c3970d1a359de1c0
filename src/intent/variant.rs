//! Variants: the part of a build string that means the same on every platform.
//!
//! A build string is mostly a hash of the platform's own compilers and pins. Some packages also name in it what they
//! were built *with*: a GPU or none, an MPI, a BLAS, an interpreter. That is a choice, and it survives the move to
//! another platform. Channels spell the same choice differently (`cuda112py39h…`, `py3.9_cuda11.3_cudnn8_0`,
//! `py39_cu113`), so that each is matched by globs.

/// The globs of the variant that a build string names; empty where it names none that linux-64 knows.
///
/// Where several are named (`cpu_mkl_py310…`), only the first of device, MPI, interpreter and BLAS counts.
pub(super) fn globs(name: &str, build: &str) -> Vec<String> {
    let tokens: Vec<&str> = build.split('_').collect();
    on_the_same(name, &tokens)
        .or_else(|| mpi(name, build))
        .or_else(|| interpreter(name, &tokens))
        .or_else(|| blas(&tokens))
        .unwrap_or_default()
}

/// Whether a build string says that the package runs on processors, and on no GPU.
pub(crate) fn is_for_processors(name: &str, build: &str) -> bool {
    let tokens: Vec<&str> = build.split('_').collect();
    matches!(device(name, &tokens), Some(Device::Processors))
}

/// What a package runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device {
    /// GPUs of NVIDIA.
    Cuda,
    /// None of those, in the words of one channel.
    NoCuda,
    /// Processors.
    Processors,
}

/// With a GPU or without: pytorch, tensorflow, arrow, xgboost, jaxlib, faiss.
fn device(name: &str, tokens: &[&str]) -> Option<Device> {
    // CUDA's own libraries exist for GPUs alone; which CUDA they serve stands in the versions.
    let cuda_itself = ["cu", "libcu", "nccl"].iter().any(|prefix| name.starts_with(prefix));
    // Metal is Apple's: `gpu_mps_py311…` has no like elsewhere.
    if cuda_itself || tokens.contains(&"mps") {
        return None;
    }
    if starts(tokens, "nocuda") {
        return Some(Device::NoCuda);
    }
    if starts(tokens, "cuda") || starts(tokens, "gpu") || tokens.iter().any(|token| is_cuda_version(token)) {
        return Some(Device::Cuda);
    }
    (has_kernels(name, tokens) || starts(tokens, "cpu")).then_some(Device::Processors)
}

/// Whether it is one of tensorflow's builds for the processor, which Anaconda calls after their kernels.
fn has_kernels(name: &str, tokens: &[&str]) -> bool {
    name.starts_with("tensorflow") && (starts(tokens, "mkl") || starts(tokens, "eigen"))
}

/// The globs of builds that run on the same.
fn on_the_same(name: &str, tokens: &[&str]) -> Option<Vec<String>> {
    some(match device(name, tokens)? {
        Device::Cuda => &["*cuda*", "*gpu*", "*_cu1*", "*_cu9*"],
        Device::NoCuda => &["*nocuda*"],
        Device::Processors if has_kernels(name, tokens) => &["*cpu*", "*mkl*", "*eigen*"],
        Device::Processors => &["*cpu*"],
    })
}

/// `cu113`, as torchvision and torchaudio write it.
fn is_cuda_version(token: &str) -> bool {
    token.strip_prefix("cu").is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The MPI that hdf5, netcdf, fftw and their like are built for. MS-MPI and Intel's stay on their platforms.
fn mpi(name: &str, build: &str) -> Option<Vec<String>> {
    if name == "mpi" {
        return ["openmpi", "mpich"].contains(&build).then(|| vec![build.to_owned()]);
    }
    ["nompi_", "mpi_openmpi_", "mpi_mpich_"]
        .into_iter()
        .find(|&variant| build.contains(variant))
        .map(|variant| if build.starts_with(variant) { format!("{variant}*") } else { format!("*{variant}*") })
        .map(|glob| vec![glob])
}

/// `PyPy`, and `CPython` without the global interpreter lock (`cp313t`).
fn interpreter(name: &str, tokens: &[&str]) -> Option<Vec<String>> {
    if name != "python" && name != "python_abi" {
        return None;
    }
    if starts(tokens, "pypy") {
        return some(&["*pypy*"]);
    }
    tokens.iter().find(|token| is_free_threaded(token)).map(|token| vec![format!("*_{token}")])
}

fn is_free_threaded(token: &str) -> bool {
    token
        .strip_prefix("cp")
        .and_then(|rest| rest.strip_suffix('t'))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The BLAS of numpy, scipy and libblas. Apple's Accelerate (vecLib) is missing on purpose: Linux has no such thing.
fn blas(tokens: &[&str]) -> Option<Vec<String>> {
    ["mkl", "openblas", "blis", "netlib"]
        .into_iter()
        .find(|library| starts(tokens, library))
        .map(|library| vec![format!("*{library}*")])
}

fn starts(tokens: &[&str], prefix: &str) -> bool {
    tokens.iter().any(|token| token.starts_with(prefix))
}

#[allow(clippy::unnecessary_wraps)] // Keeps the cases above in one column.
fn some(globs: &[&str]) -> Option<Vec<String>> {
    Some(globs.iter().map(|&glob| glob.to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;
    use rattler_conda_types::StringMatcher;

    use super::*;

    /// Whether a build for the target is of the variant that the exported build names.
    fn carries(name: &str, exported: &str, target: &str) -> bool {
        globs(name, exported).iter().any(|glob| StringMatcher::from_str(glob).unwrap().matches(target))
    }

    #[test]
    fn builds_without_a_variant_leave_nothing() {
        for (name, build) in [
            ("numpy", "py36h6a91979_0"),
            ("_libgcc_mutex", "0_conda_forge"),
            ("_openmp_mutex", "2_kmp_llvm"),
            ("python_abi", "5_cp311"),
            ("python", "h2755cc3_0_cpython"),
            ("libopenblas", "openmp_h3351f45_0"),
            ("lapack", "1"),
        ] {
            assert!(globs(name, build).is_empty(), "{name}={build}");
        }
    }

    #[test]
    fn every_spelling_of_cuda_finds_every_other() {
        let spellings = ["cuda112py39h01bd6f0_0", "py3.9_cuda11.3_cudnn8.2.0_0", "py39_cu113", "gpu_py36hfdee9c2_1"];
        for exported in spellings {
            for target in spellings {
                assert!(carries("pytorch", exported, target), "{exported} finds {target}");
            }
            assert!(!carries("pytorch", exported, "py3.8_cpu_0"));
            assert!(!carries("pytorch", exported, "cpu_py310h32bc11d_0"));
        }
    }

    #[test]
    fn every_spelling_of_cpu_finds_every_other() {
        let spellings = ["cpu_py310h32bc11d_0", "py3.8_cpu_0", "py39_cpu", "py311hd5e4297_6_cpu", "cpu_mkl_py310h1_1"];
        for exported in spellings {
            for target in spellings {
                assert!(carries("pytorch", exported, target), "{exported} finds {target}");
            }
            assert!(!carries("pytorch", exported, "cuda112py39h01bd6f0_0"));
        }
    }

    #[test]
    fn metal_means_nothing_on_linux() {
        assert!(globs("pytorch", "gpu_mps_py311hf322ab5_100").is_empty());
    }

    #[test]
    fn cuda_libraries_need_no_variant() {
        assert!(globs("cudnn", "cuda10.0_0").is_empty());
    }

    #[test]
    fn tensorflow_for_the_processor_is_found_under_conda_forges_name() {
        assert!(carries("tensorflow-base", "mkl_py36hcaf7020_0", "cpu_py310hb1e6bfe_0"));
    }

    #[test]
    fn the_blas_is_kept_without_its_platform() {
        assert!(carries("libblas", "12_osx64_mkl", "20_linux64_mkl"));
        assert!(carries("libblas", "15_osxarm64_openblas", "31_h59b9bed_openblas"));
        assert!(carries("blas", "mkl", "mkl"));
        assert!(carries("numpy", "py36_blas_openblashb06ca3d_0", "py36_blas_openblash1522bff_0"));
        assert!(!carries("libblas", "12_osx64_mkl", "16_linux64_openblas"));
    }

    #[test]
    fn accelerate_is_dropped() {
        assert!(globs("libblas", "20_osxarm64_accelerate").is_empty());
    }

    #[test]
    fn the_mpi_is_kept() {
        assert_eq!(globs("hdf5", "nompi_h3a9aa94_107"), ["nompi_*"]);
        assert_eq!(globs("hdf5", "mpi_mpich_h7f58efa_9"), ["mpi_mpich_*"]);
        assert_eq!(globs("fftw", "mpi_openmpi_h51d8ef5_10"), ["mpi_openmpi_*"]);
        assert_eq!(globs("mpi", "openmpi"), ["openmpi"]);
        assert!(globs("mpi", "msmpi").is_empty());
    }

    #[test]
    fn another_interpreter_is_kept() {
        assert_eq!(globs("python", "h7f79f3c_100_cp313t"), ["*_cp313t"]);
        assert_eq!(globs("python_abi", "1_pypy36_pp73"), ["*pypy*"]);
    }

    /// Build strings put together from parts that occur in real ones.
    fn build() -> impl Strategy<Value = String> {
        let parts = prop::sample::select(vec![
            "0",
            "1",
            "py39",
            "py3.9",
            "h6a91979",
            "generic",
            "cuda",
            "cuda112py39h01bd6f0",
            "cuda11.3",
            "gpu",
            "cpu",
            "mkl",
            "openblashb06ca3d",
            "blis",
            "netlib",
            "linux64",
            "nocuda",
            "nompi_h3a9aa94",
            "mpi_mpich_h7f58efa",
        ]);
        prop::collection::vec(parts, 1..5).prop_map(|parts| parts.join("_"))
    }

    proptest! {
        #[test]
        fn a_variant_matches_the_build_that_named_it(build in build()) {
            prop_assert!(globs("pytorch", &build).is_empty() || carries("pytorch", &build, &build));
        }

        #[test]
        fn no_build_string_is_too_odd(name in "[a-z_-]{1,12}", build in any::<String>()) {
            prop_assert!(globs(&name, &build).iter().all(|glob| StringMatcher::from_str(glob).is_ok()));
        }
    }
}
