//! The command line and its subcommands.

use clap::{Parser, Subcommand};

#[cfg(feature = "html")]
use super::Report;
use super::{
    Completions, Doctor, FeatureCmmd, FeatureKid, FeaturePrdc, Fid, Frechet, How, Man, Merge,
    RefsCommand, SideArgs, Stats, Watch, WeightsCommand,
};

/// Every kind of input.
const INPUTS: &str = "Inputs:\n  \
    DIR                        image files, with those of subfolders\n  \
    FILE.zip, FILE.tar         image files in an archive, as if it were a folder\n  \
    FILE.parquet, FILE.arrow   rows of the column 'image' (Hugging Face datasets); DIR may hold several\n  \
    FILE.npy, FILE.npz         uint8 array [N,H,W,C], [N,C,H,W] or [N,H,W]; of .npz arr_0, or the only one\n  \
    ...-idx3-ubyte[.gz]        MNIST\n  \
    data_batch_1.bin           CIFAR-10, binary version; train.bin of CIFAR-100\n  \
    FILE.txt, -                a list of paths, one on each line; - is standard input\n  \
    'shard-{000..009}.tar'     several of these files, in order (quoted: a shell would split it)\n  \
    NAME@PRESET                a public reference, downloaded once: `fid-gpu refs list` has the names\n  \
    FILE.pkl                   statistics of EDM2 or StyleGAN3; no code in it is run\n  \
    FILE.npz with mu, sigma    statistics, for either side of a comparison; metrics that need single images\n  \
    \x20                          read the features in it, or arr_0 of ADM's reference batches";

/// The Fréchet Inception Distance of two folders of images, on any GPU or none.
///
/// Prints one line, `FID: VALUE`, on standard output; everything else goes to standard error.
/// Lower is closer; equal folders give 0.
#[derive(Debug, Parser)]
#[command(
    name = "fid-gpu",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        fid-gpu --real photos --fake samples            # or: fid-gpu photos samples\n  \
        fid-gpu --fake samples --metrics is             # the Inception Score needs one set\n  \
        fid-gpu fid photos samples --json > fid.json\n  \
        fid-gpu stats photos -o photos.npz              # once, then:\n  \
        fid-gpu fid photos.npz samples\n  \
        fid-gpu report photos samples -o report.html    # explains the value\n  \
        fid-gpu fid photos samples --fail-above 12      # exit status 1 if it is higher\n  \
        fid-gpu --real a --fake b --weights seeded      # random weights, to try the program\n  \
        fid-gpu weights fetch                           # the published weights, once\n  \
        fid-gpu devices\n\n\
        Inputs: a folder, .zip, .tar, .parquet, .arrow, .npy, .npz, MNIST's IDX, CIFAR's .bin, a list of paths (.txt or -), \
        'shard-{000..009}.tar', or a statistics file; fid-gpu fid --help has the table.\n\n\
        Exit status: 0 done, 1 the value is above a limit, 2 an error or wrong usage, 3 the two sides, or \
        this run and the earlier one, were made differently and are not comparable."
)]
pub struct Cli {
    /// A command other than comparing two sets.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The two sets.
    #[command(flatten)]
    pub sides: SideArgs,

    /// How to compare.
    #[command(flatten)]
    pub how: How,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare two sets: the same as --real REAL --fake FAKE
    #[command(after_help = INPUTS)]
    Fid(Fid),
    /// Compare two sets, and write an HTML report that explains the value
    ///
    /// One HTML file that needs neither network nor scripts: the value and its interval, FID against the
    /// number of images, eigenvalues, a map of both sets, the images that move the value most, the other
    /// metrics, and how the value was made. Takes the arguments of fid, and adds --interval, --outliers 8,
    /// --explain and the metrics that it shows. Metrics for which a set is too small, or a statistics file
    /// lacks data, are left out with a note.
    #[cfg(feature = "html")]
    #[command(after_help = INPUTS)]
    Report(Report),
    /// Compute the Fréchet distance of two files of features or statistics, from any network
    Frechet(Frechet),
    /// Compute the Kernel Inception Distance of two feature files
    Kid(FeatureKid),
    /// Compute precision, recall, density and coverage of two feature files
    Prdc(FeaturePrdc),
    /// Compute CMMD of two files of embeddings by CLIP's ViT-L/14 at 336 pixels
    Cmmd(FeatureCmmd),
    /// Save the statistics of a set in a file, for later comparisons without the images
    #[command(after_help = INPUTS)]
    Stats(Stats),
    /// Merge statistics files, as if their images were in one folder
    Merge(Merge),
    /// Compare each folder of samples that a training run writes, as it appears
    ///
    /// Ends with Ctrl-C, or with --once after the existing folders. With --jsonl, skips folders that the
    /// file already has with the same files, real side, preset, weights, precision and preparation. Ends with exit
    /// status 1 when a limit is exceeded.
    Watch(Watch),
    /// List the devices that --device takes
    Devices,
    /// Describe this machine, and check each stage of a run on a device against known answers
    ///
    /// Needs neither images nor weights. On a software adapter it takes a minute.
    Doctor(Doctor),
    /// Fetch, verify, find, import or export the weights of the network
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// List, download and find public references: the statistics that papers compare with
    #[command(subcommand)]
    Refs(RefsCommand),
    /// Print a script that completes this command line in a shell
    Completions(Completions),
    /// Print the man page, or write a page for each command
    Man(Man),
}
