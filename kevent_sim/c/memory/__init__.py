"""Memory as C sees it: bytes, which of them were written, the pointers among them; every access checked."""
