"""What is measured, against what, and how to run it again: `make bench`; the figures stand in README.md."""
