"""What runs on the caller's machine: it reads and writes the caller's git, which no function of Dagger can."""
