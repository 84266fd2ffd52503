"""What image files say of their own making: never evidence of time, one file a format."""
