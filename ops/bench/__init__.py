"""What each promise costs, measured: a file per promise, each with a figure that `tod bench` prints and keeps."""
