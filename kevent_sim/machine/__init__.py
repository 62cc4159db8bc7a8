"""What there is: values, objects, memory, the volume, threads, the step, and what a step leaves behind."""
