"""The long-running process: wakes the jobs at their times and delivers."""
