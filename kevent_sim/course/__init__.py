"""What surrounds the notebooks: answers, grading, slides, set-up, the command line."""
