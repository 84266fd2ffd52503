"""The settings of one home: where state lies, which engines are used, and by which rules.

Read by hand from TOML into frozen values: pydantic costs 0.2 s that `verify` would pay (ADR).
"""

from .chains import ChainSettings
from .contracts import artifact, creation_code, deployment
from .databases import DatabaseSettings, read_database_url
from .ipfs import IpfsSettings, PinningServiceSettings
from .presets import PRESETS, Preset, known_as
from .settings import LOCAL, MAX_SETTINGS, Settings, load_settings

__all__ = [
    "LOCAL",
    "MAX_SETTINGS",
    "PRESETS",
    "ChainSettings",
    "DatabaseSettings",
    "IpfsSettings",
    "PinningServiceSettings",
    "Preset",
    "Settings",
    "artifact",
    "creation_code",
    "deployment",
    "known_as",
    "load_settings",
    "read_database_url",
]
