"""The course as a static folder (JupyterLite on Pyodide) that a browser runs with nothing installed.

`python -m kevent_sim site FOLDER` starts it. The standard library alone: what builds the pages is in a venv of its own.
"""
