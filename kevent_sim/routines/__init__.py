"""The WDK's routines by their names; each declares its effect, its footprint and its rule on IRQL beside each other."""
