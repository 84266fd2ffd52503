"""What image files say of their own making: never evidence of time, one file a format."""

from .generation import Generation, Model, Raw, Size
from .image_facts import ImageFacts, image_facts
from .read import read

__all__ = ["Generation", "ImageFacts", "Model", "Raw", "Size", "image_facts", "read"]
