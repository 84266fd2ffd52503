"""The one place where adapters are chosen: settings in, working services out.

Imports stand inside functions here, and only here: each engine costs its import, and `verify`
must not pay for what it does not ask (web3 1.5 s, py-evm 1.0 s, SQLAlchemy 0.6 s).
"""

from .homes import home_path
from .installation import Installation

__all__ = ["Installation", "home_path"]
