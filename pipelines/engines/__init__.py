"""Where the work of a step is done: processes of this machine, or Spark."""
