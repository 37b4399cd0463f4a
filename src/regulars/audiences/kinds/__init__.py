"""One file per ad platform that packages are uploaded to."""
