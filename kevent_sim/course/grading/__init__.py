"""Learners' notebooks, graded: the course's own checks are run again, with a learner's answers in place of its stubs.

Nothing else of a learner's file counts: no output, no edited check, no cell above the exercises. An answer that changes
its judge is found out. It is not a sandbox: answers run with the rights of the person who grades them.
"""
