"""Every order of steps; what may be asked of them."""
