"""What a release is made of: one wheel, the function's archive, the routines, their variables."""
