"""What stands around the notebooks: answers, grading, slides, set-up, the command line."""
