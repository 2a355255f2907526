import sys

if sys.version_info < (3, 11):
    sys.exit(f"error: Python 3.11 or newer is needed, and {sys.executable} is "
             f"{sys.version_info.major}.{sys.version_info.minor}")

from .cli import main  # noqa: E402

sys.exit(main())
