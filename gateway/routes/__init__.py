"""What can be read over HTTP: the views of one word per file, and their list in `catalog`."""
