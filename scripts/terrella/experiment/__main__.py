"""python3 -m terrella.experiment"""

import sys

from .cli import main

sys.exit(main())
