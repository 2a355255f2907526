import signal
import sys

interrupt = signal.getsignal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.SIG_DFL if callable(interrupt) else interrupt)  # nothing to stop while all this is loaded
if sys.version_info < (3, 11):
    sys.exit(f"error: Python 3.11 or newer is needed, and {sys.executable} is "
             f"{sys.version_info.major}.{sys.version_info.minor}")

from .cli import main  # noqa: E402

signal.signal(signal.SIGINT, interrupt)
sys.exit(main())
