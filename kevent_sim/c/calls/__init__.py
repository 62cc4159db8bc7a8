"""The kernel's routines as C calls them: pointers become the variables, names and buffers that the routines take."""
