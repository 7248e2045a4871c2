try:
    import os
except ImportError:
    pass
